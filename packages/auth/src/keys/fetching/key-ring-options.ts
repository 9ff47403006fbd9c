import type { Runtime } from '@tidings/core'

/** Where a key ring gets its keys, and how often it asks. */
export interface KeyRingOptions {
  /** Loads the issuer's key set, as parsed. */
  readonly load: (signal: AbortSignal) => Promise<unknown>
  /** How often the set is loaded anew, in milliseconds. */
  readonly refreshMs: number
  /** A key that is not known makes the set be loaded at most once in so many milliseconds. */
  readonly coolDownMs: number
  /** How long one loading may take, in milliseconds. */
  readonly timeoutMs: number
  /** How long a key is kept that the set does not list any more, in milliseconds: as long as a token of it may live. */
  readonly overlapMs: number
  readonly runtime: Runtime
}
