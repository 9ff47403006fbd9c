import type { AnyEventType } from '../contracts/define-event.ts'
import { parse } from '../contracts/schema.ts'
import { MessageInvalid } from './message-invalid.ts'

interface Body {
  /** The bus that sent it. */
  readonly origin: string
  readonly version: number
  readonly data: unknown
}

/** Writes an event as the body of a message. */
export function writeBody(body: Body): string {
  return JSON.stringify({ format: 1, ...body })
}

/**
 * Reads an event from the body of a message: of an older version by the steps that the event declares, and with the fields
 * that this process knows.
 *
 * @returns The data; undefined for a message that `origin` sent itself.
 * @throws {MessageInvalid} It is no message of this event, or of a version that this process does not know.
 * @throws {ContractViolation} The data does not fit the event's schema.
 */
export async function readBody(text: string, event: AnyEventType, origin: string): Promise<unknown> {
  const body = parsed(text, event)
  if (body.origin === origin) return undefined
  if (body.version > event.version) {
    throw new MessageInvalid({ event: event.name, reason: `has version ${body.version}, newer than version ${event.version} known here,` })
  }
  const data = upcast(body, event)
  // A publisher with a newer contract may send more fields; the schema leaves out what it does not know.
  return await parse(event.schema, data, `data of ${event.name}`)
}

function parsed(text: string, event: AnyEventType): Body {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new MessageInvalid({ event: event.name, reason: 'is not JSON', cause })
  }
  if (!isBody(body)) throw new MessageInvalid({ event: event.name, reason: 'is not in the format of this release' })
  return body
}

function isBody(body: unknown): body is Body {
  if (typeof body !== 'object' || body === null) return false
  const { format, origin, version } = body as Record<string, unknown>
  return format === 1 && typeof origin === 'string' && Number.isSafeInteger(version) && Number(version) >= 1 && 'data' in body
}

function upcast(body: Body, event: AnyEventType): unknown {
  let data = body.data
  for (let version = body.version; version < event.version; version++) {
    const step = event.upcast[version]
    if (step === undefined)
      throw new MessageInvalid({ event: event.name, reason: `has version ${body.version}, from which no step leads on,` })
    data = step(data)
  }
  return data
}
