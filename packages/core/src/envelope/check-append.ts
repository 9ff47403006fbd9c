import { EventIdReused, EventInvalid, EventTooLarge } from '../errors/log-errors.ts'
import type { NewEvent } from '../ports/event-log.ts'
import { jsonFault, maxNesting } from './json-fault.ts'
import { unknownFields } from './unknown-fields.ts'

/** Limits of every log, checked before anything is written. */
export const logLimits = Object.freeze({ eventBytes: 1_048_576, eventsPerAppend: 1_000, nesting: maxNesting, keyLength: 512 })

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u001f\u007f]/

/**
 * Checks an append against the limits and the envelope's rules. Every log adapter calls it first.
 *
 * @throws {EventTooLarge} Over a limit.
 * @throws {EventInvalid} A field of the envelope or the data's text is not usable, or there is no event.
 * @throws {EventIdReused} An id comes twice.
 */
export function checkAppend(events: readonly NewEvent[]): void {
  if (events.length === 0) throw new EventInvalid({ event: 'The append', path: '', reason: 'holds no event' })
  if (events.length > logLimits.eventsPerAppend)
    throw new EventTooLarge({ limit: 'eventsPerAppend', maximum: logLimits.eventsPerAppend, actual: events.length })
  for (const event of events) checkEvent(event)
  if (events.length === 1) return
  const ids = new Set<string>()
  for (const event of events) {
    if (ids.has(event.id)) throw new EventIdReused({ eventId: event.id })
    ids.add(event.id)
  }
}

function checkEvent(event: NewEvent): void {
  if (typeof event.id !== 'string' || !uuid.test(event.id)) refuse(event, 'id', 'is not a UUID in lower case')
  checkName(event, 'type', event.type)
  checkName(event, 'service', event.service)
  if (!Number.isSafeInteger(event.version) || event.version < 1) refuse(event, 'version', 'is not 1, 2, 3 …')
  const fault = keyFault(event.key)
  if (fault !== undefined) refuse(event, 'key', fault)
  if (typeof event.time !== 'string' || !utc.test(event.time) || Number.isNaN(Date.parse(event.time)))
    refuse(event, 'time', 'is not a time in ISO 8601 in UTC')
  if (typeof event.correlationId !== 'string' || event.correlationId.length === 0) refuse(event, 'correlationId', 'is missing')
  checkText(event, 'correlationId', event.correlationId)
  if (event.causationId !== undefined) checkText(event, 'causationId', event.causationId)
  if (event.traceparent !== undefined) checkText(event, 'traceparent', event.traceparent)
  if (event.tracestate !== undefined) checkText(event, 'tracestate', event.tracestate)
  checkHeaders(event)
  if (typeof event.encoding !== 'string' || event.encoding.length === 0) refuse(event, 'encoding', 'is missing')
  if (typeof event.data !== 'string' || !event.data.isWellFormed()) refuse(event, 'data', 'is not encoded text')
  const bytes = sizeOf(event) + sizeOfUnknown(event)
  if (bytes > logLimits.eventBytes)
    throw new EventTooLarge({ event: event.type, limit: 'eventBytes', maximum: logLimits.eventBytes, actual: bytes })
  if (event.encoding === 'json') checkJson(event)
}

/** Tells what makes a text unfit as a key of events or commands; undefined when it is fit. */
export function keyFault(key: unknown): string | undefined {
  if (typeof key !== 'string' || key.length === 0) return 'is not a text of at least one character'
  if (key.length > logLimits.keyLength) return `has ${key.length} characters, more than ${logLimits.keyLength}`
  if (controls.test(key)) return 'holds a control character'
  return key.isWellFormed() ? undefined : 'holds a lone surrogate, which is no text'
}

function checkName(event: NewEvent, path: 'type' | 'service', value: unknown): void {
  const fault = keyFault(value)
  if (fault !== undefined) refuse(event, path, fault)
}

function checkText(event: NewEvent, path: 'correlationId' | 'causationId' | 'traceparent' | 'tracestate', value: unknown): void {
  if (typeof value !== 'string') refuse(event, path, 'is not text')
  if (controls.test(value) || !value.isWellFormed()) refuse(event, path, 'holds a control character or a lone surrogate')
}

function checkHeaders(event: NewEvent): void {
  const { headers } = event
  // A Map or an array would be taken for an empty or another map, and what it holds be lost without a word.
  if (typeof headers !== 'object' || headers === null || !isPlain(headers)) refuse(event, 'headers', 'is not a plain map of texts')
  for (const name of Object.keys(headers)) {
    const value: unknown = headers[name]
    if (typeof value !== 'string' || !value.isWellFormed() || !name.isWellFormed()) refuse(event, `headers.${name}`, 'is not text')
  }
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === Object.prototype || prototype === null
}

/** Checks fields that this release does not know, which every log keeps, and tells their size. */
function sizeOfUnknown(event: NewEvent): number {
  const unknown = unknownFields(event)
  if (unknown === undefined) return 0
  for (const field of Object.keys(unknown)) {
    if (field === '__proto__' || !field.isWellFormed()) refuse(event, field, 'is no name for a field')
    const fault = jsonFault(unknown[field])
    if (fault === undefined) continue
    if (fault.tooDeep) throw new EventTooLarge({ event: event.type, limit: 'nesting', maximum: maxNesting, actual: maxNesting + 1 })
    refuse(event, fault.path === '' || fault.path.startsWith('[') ? `${field}${fault.path}` : `${field}.${fault.path}`, fault.reason)
  }
  return Buffer.byteLength(JSON.stringify(unknown))
}

/** The size that counts against the limit: data and headers in UTF-8, and the envelope's texts. */
function sizeOf(event: NewEvent): number {
  let bytes = Buffer.byteLength(event.data) + event.key.length + event.time.length + event.encoding.length
  bytes += event.correlationId.length + (event.causationId?.length ?? 0) + (event.traceparent?.length ?? 0)
  for (const [name, value] of Object.entries(event.headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}

function checkJson(event: NewEvent): void {
  const depth = hasManyBrackets(event.data) ? nestingOf(event.data) : 0
  if (depth > maxNesting) throw new EventTooLarge({ event: event.type, limit: 'nesting', maximum: maxNesting, actual: depth })
  try {
    JSON.parse(event.data)
  } catch {
    refuse(event, 'data', 'is not JSON')
  }
}

/** Whether there are enough brackets to nest too deep: most texts have few, and are done with at the speed of a search. */
function hasManyBrackets(text: string): boolean {
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) if (++count > maxNesting) return true
  }
  return false
}

/** The deepest nesting in a JSON text, found without parsing, so that a text of any depth is safe to look at. */
function nestingOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === 92) i++
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth)
    else if (code === 125 || code === 93) depth--
  }
  return deepest
}

function refuse(event: NewEvent, path: string, reason: string): never {
  throw new EventInvalid({ event: typeof event.type === 'string' ? event.type : 'The event', path, reason })
}
