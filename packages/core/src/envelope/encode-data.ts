import { EventInvalid, EventTooLarge } from '../errors/log-errors.ts'
import { appendPath } from '../contracts/schema.ts'

/** The most levels of arrays and objects in an event's data. */
export const maxNesting = 64

/**
 * Encodes data as JSON, exactly: `JSON.parse(encodeData(x))` equals `x`. Properties that are `undefined` count as absent.
 *
 * @param subject What is encoded, for the error: `orders.order-placed`.
 * @throws {EventInvalid} A value that JSON would change or lose, with its path: NaN, a lone surrogate, a `__proto__` key, a
 *   hole or `undefined` in an array, an integer past 2^53, a Date, a BigInt, a class instance.
 * @throws {EventTooLarge} Nested deeper than 64 levels.
 */
export function encodeData(data: unknown, subject: string): string {
  check(data, '', 0, subject)
  return JSON.stringify(data)
}

function check(value: unknown, path: string, depth: number, subject: string): void {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) refuse(subject, path, 'holds a lone surrogate, which is no text')
      return
    case 'boolean':
      return
    case 'number':
      if (!Number.isFinite(value)) refuse(subject, path, `is ${value}, which JSON cannot carry`)
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) refuse(subject, path, 'is an integer past 2^53, which loses digits; write it as a string')
      return
    case 'object':
      if (value === null) return
      if (depth >= maxNesting) throw new EventTooLarge({ event: subject, limit: 'nesting', maximum: maxNesting, actual: depth + 1 })
      if (Array.isArray(value)) checkArray(value, path, depth, subject)
      else checkObject(value, path, depth, subject)
      return
    default:
      refuse(subject, path, value === undefined ? 'is undefined, which JSON cannot carry' : `is a ${typeof value}, which JSON cannot carry`)
  }
}

function checkArray(value: readonly unknown[], path: string, depth: number, subject: string): void {
  for (let i = 0; i < value.length; i++) check(value[i], appendPath(path, i), depth + 1, subject)
}

function checkObject(value: object, path: string, depth: number, subject: string): void {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) refuse(subject, path, `is a ${value.constructor?.name ?? 'class instance'}, which JSON would change; write it as a string or a plain object`)
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') refuse(subject, path, 'has a toJSON method, which would change it')
  for (const key of Object.keys(value)) {
    if (key === '__proto__') refuse(subject, appendPath(path, key), 'is a key that readers cannot be trusted to keep as data')
    if (!key.isWellFormed()) refuse(subject, path, 'has a key with a lone surrogate, which is no text')
    const inner = (value as Record<string, unknown>)[key]
    if (inner !== undefined) check(inner, appendPath(path, key), depth + 1, subject)
  }
}

function refuse(subject: string, path: string, reason: string): never {
  throw new EventInvalid({ event: subject, path, reason })
}
