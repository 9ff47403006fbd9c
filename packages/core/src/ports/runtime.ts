/** Time, as the library sees it. Replaced in simulations and in tests of time-outs. */
export interface Clock {
  /** Wall clock in milliseconds since 1970, for people; never for order. */
  now(): number
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number
  /**
   * Resolves after `ms`; 0 means after the current turn of the event loop.
   * Rejects with the signal's reason when aborted.
   *
   * @param background True where this wait is no reason for the process to live on. @default false
   */
  sleep(ms: number, signal?: AbortSignal, background?: boolean): Promise<void>
}

/** A source of random bytes. Replaced in simulations. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** That many random bytes. */
  bytes(length: number): Uint8Array
}

/** What a line of the library's own reporting looks like to its reader. */
export interface Logger {
  /** Something happened as it should. */
  info(message: string, facts?: object): void
  /** Something went wrong that the library deals with itself. */
  warn(message: string, facts?: object): void
  /** Something went wrong that a person should look at. */
  error(message: string, facts?: object): void
}

/** Everything the library takes from the machine it runs on, so that a simulation can put its own in place. */
export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}
