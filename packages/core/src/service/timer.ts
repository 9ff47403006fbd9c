/** Work that a service does by itself, again and again. */
export interface Timer {
  /** Tells it apart in the log of the service. */
  readonly name: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Called with the context of a handler of the service. */
  readonly handler: (ctx: unknown) => Promise<void>
}

/** When a timer runs. */
export interface TimerOptions {
  /** How long to wait after one run has ended before the next, in milliseconds from 1. */
  readonly intervalMs: number
  /** How long one run may take, in milliseconds from 1. @default 30_000 */
  readonly timeoutMs?: number
}
