import type { SQLInputValue } from 'node:sqlite'
import { StatementFailed } from '@tidings/core'
import { losesTextAfterNul } from './loses-text-after-nul.ts'

/** What SQLite stores. Booleans are 1 and 0, times are text or numbers: say which. */
export type SqliteValue = string | number | bigint | null | Uint8Array

/**
 * A value as SQLite is to store it: whole numbers as integers (the driver would store 5 as 5.0), all else as it is.
 *
 * @param index Counted from 0.
 * @throws {StatementFailed} SQLite cannot store it without changing it.
 */
export function toSqlValue(value: SqliteValue, index: number, location: string): SQLInputValue {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refused(index, location, 'holds a lone surrogate, which is no text')
      if (losesTextAfterNul && value.includes('\0'))
        throw refused(index, location, 'holds a NUL, after which this release of Node reads no further')
      return value
    case 'number':
      if (Number.isNaN(value)) throw refused(index, location, 'is NaN, which SQLite would store as null')
      return Number.isSafeInteger(value) ? BigInt(value) : value
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return value
      throw refused(index, location, 'is an integer of more than 64 bits')
    default:
      if (value === null || value instanceof Uint8Array) return value
      throw refused(index, location, `is ${kindOf(value)}, which SQLite cannot store`)
  }
}

function refused(index: number, location: string, reason: string): StatementFailed {
  return new StatementFailed({ database: location, reason: `value ${index + 1} ${reason}; give text, a number, null or bytes` })
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === undefined ? 'undefined' : `a ${typeof value}`
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? `of the class ${name}` : 'an object'
}
