import type { Position } from '@tidings/core'

/** Which log this is. Made first, and by one process only. */
export interface IdentityDocument {
  readonly _id: 'log'
  readonly id: string
  readonly format: number
  /** The first position that is still there, where older ones were truncated. No release truncates yet; all refuse to read what is gone. */
  readonly truncatedBefore?: Position
}

/** The positions given out so far. */
export interface CounterDocument {
  readonly _id: 'counter'
  /** The identity of the log that it counts for: where the collections were made anew, nobody appends to the wrong log. */
  readonly log: string
  /** The highest position that a writer has reserved. */
  readonly reserved: Position
  /** How many times a writer has come too late with a position that readers had given up. */
  readonly losses: number
  /** For how long readers wait for a position, in milliseconds, where writers have come too late; theirs where it is missing. */
  readonly holeTimeoutMs?: number
}

/** A position up to which some reader has found the log without a gap, with nothing that could still change. */
export interface WatermarkDocument {
  readonly _id: 'watermark'
  readonly log: string
  readonly position: Position
}

export type StateDocument = IdentityDocument | CounterDocument | WatermarkDocument
