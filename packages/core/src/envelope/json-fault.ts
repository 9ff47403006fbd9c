import { appendPath } from '../contracts/schema.ts'

/** The most levels of arrays and objects in an event's data, and in the input or output of a request. */
export const maxNesting = 64

/** Why JSON cannot carry a value as it is. */
export interface JsonFault {
  /** Path into the value; empty for the value itself. */
  readonly path: string
  /** What is wrong there: `is NaN, which JSON cannot carry`. */
  readonly reason: string
  /** True when the value is nested deeper than 64 levels. */
  readonly tooDeep: boolean
}

/**
 * Finds the first thing in a value that JSON would change or lose: NaN, a lone surrogate, a `__proto__` key, a hole or
 * `undefined` in an array, an integer past 2^53, a Date, a BigInt, a class instance, more than 64 levels. Properties that are
 * `undefined` count as absent.
 *
 * @returns undefined when JSON carries the value exactly.
 */
export function jsonFault(value: unknown): JsonFault | undefined {
  return check(value, '', 0)
}

function check(value: unknown, path: string, depth: number): JsonFault | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : fault(path, 'holds a lone surrogate, which is no text')
    case 'boolean':
      return undefined
    case 'number':
      if (!Number.isFinite(value)) return fault(path, `is ${value}, which JSON cannot carry`)
      return Number.isInteger(value) && !Number.isSafeInteger(value)
        ? fault(path, 'is an integer past 2^53, which loses digits; write it as a string')
        : undefined
    case 'object':
      if (value === null) return undefined
      if (depth >= maxNesting) return { path, reason: `is nested deeper than ${maxNesting} levels`, tooDeep: true }
      return Array.isArray(value) ? checkArray(value, path, depth) : checkObject(value, path, depth)
    default:
      return fault(path, value === undefined ? 'is undefined, which JSON cannot carry' : `is a ${typeof value}, which JSON cannot carry`)
  }
}

function checkArray(value: readonly unknown[], path: string, depth: number): JsonFault | undefined {
  for (let i = 0; i < value.length; i++) {
    const found = needsCheck(value[i]) ? check(value[i], appendPath(path, i), depth + 1) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function checkObject(value: object, path: string, depth: number): JsonFault | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    return fault(
      path,
      `is a ${value.constructor?.name || 'class instance'}, which JSON would change; write it as a string or a plain object`,
    )
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return fault(path, 'has a toJSON method, which would change it')
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return fault(appendPath(path, key), 'is a key that readers cannot be trusted to keep as data')
    if (!key.isWellFormed()) return fault(path, 'has a key with a lone surrogate, which is no text')
    const inner = (value as Record<string, unknown>)[key]
    // The path is built only where something may be wrong: this runs for every event.
    const found = inner !== undefined && needsCheck(inner) ? check(inner, appendPath(path, key), depth + 1) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** False for the values that are most frequent and plainly fit. */
function needsCheck(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed()
  if (typeof value === 'number') return !Number.isSafeInteger(value)
  return typeof value !== 'boolean' && value !== null
}

function fault(path: string, reason: string): JsonFault {
  return { path, reason, tooDeep: false }
}
