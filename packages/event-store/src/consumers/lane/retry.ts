import type { Position } from '@tidings/core'
import { spellDuration } from './spell-duration.ts'

/** An event that failed and is going to be tried again. */
export interface Retry {
  readonly position: Position
  readonly type: string
  /** Attempts that failed so far. */
  readonly attempts: number
  /** After this many it is parked. */
  readonly maxAttempts: number
  /** Why the last one failed. */
  readonly error: { readonly code: string; readonly message: string }
  /** Milliseconds until the next attempt; 0 while it is under way. */
  readonly nextInMs: number
}

const longestMessage = 200

/** One line about a retry, for people. */
export function describeRetry({ position, type, attempts, maxAttempts, error, nextInMs }: Retry): string {
  const next = nextInMs === 0 ? 'the next one is under way' : `the next one comes in ${spellDuration(nextInMs)}`
  return `${type} at position ${position} failed, attempt ${attempts} of ${maxAttempts} (${describeInLine(error)}); ${next}`
}

/** An error in one line that is not too long, to stand inside a sentence. */
export function describeInLine({ code, message }: { readonly code: string; readonly message: string }): string {
  const line = message
    .replaceAll(/\s+/g, ' ')
    .replace(/[ .]+$/, '')
    .trimStart()
  return `${code}: ${line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line}`
}
