import { EventInvalid, EventTooLarge } from '../errors/log-errors.ts'
import { jsonFault, maxNesting } from './json-fault.ts'

/**
 * Encodes data as JSON, exactly: `JSON.parse(encodeData(x))` equals `x`. Properties that are `undefined` count as absent.
 *
 * @param subject What is encoded, for the error: `orders.order-placed`.
 * @throws {EventInvalid} A value that JSON would change or lose, with its path: NaN, a lone surrogate, a `__proto__` key, a
 *   hole or `undefined` in an array, an integer past 2^53, a Date, a BigInt, a class instance.
 * @throws {EventTooLarge} Nested deeper than 64 levels.
 */
export function encodeData(data: unknown, subject: string): string {
  const fault = jsonFault(data)
  if (fault === undefined) return JSON.stringify(data)
  if (fault.tooDeep) throw new EventTooLarge({ event: subject, limit: 'nesting', maximum: maxNesting, actual: maxNesting + 1 })
  throw new EventInvalid({ event: subject, path: fault.path, reason: fault.reason })
}
