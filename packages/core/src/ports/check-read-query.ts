import { EventInvalid } from '../errors/log-errors.ts'
import type { ReadQuery } from './event-log.ts'

/** The most events that one read of a log may ask for. */
const mostEvents = 10_000

/**
 * Checks what a read of a log asks for. For adapters: databases understand a limit of -1 or a NaN each in their own way.
 *
 * @throws {EventInvalid} `after` is no position, `limit` not 1 to 10,000, or `types` no list of texts.
 */
export function checkReadQuery({ after, types, limit }: ReadQuery): void {
  if (!Number.isSafeInteger(after) || after < 0) refuse('after', `is ${String(after)}, not a position from 0`)
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostEvents)
    refuse('limit', `is ${String(limit)}, not 1 to ${mostEvents.toLocaleString('en')}`)
  if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === 'string')))
    refuse('types', 'is no list of texts')
}

function refuse(path: string, reason: string): never {
  throw new EventInvalid({ event: 'The read', path, reason })
}
