/** How a service consumes events. Every field has a default that suits most services. */
export interface ConsumerOptions {
  /** @default the service's name */
  readonly name?: string
  /** The name it had before: takes over its checkpoint, holds and parked events. */
  readonly formerly?: string
  /** The most events handled in one transaction, 1 to 1,000; after 100 ms it ends with what it has. @default 1000 */
  readonly batchSize?: number
  /** What happens at an event whose version this code does not know. @default 'stop' */
  readonly unknown?: 'stop' | 'park' | 'skip'
  /** A failing event is tried this often, with exponential back-off and full jitter, then parked. */
  readonly retry?: {
    /** 1 to 100. @default 10 */
    readonly attempts?: number
    /** The first wait is up to this long, in milliseconds. @default 100 */
    readonly baseMs?: number
    /** No wait is longer, in milliseconds. @default 10_000 */
    readonly maxMs?: number
  }
  /** How long one handler may take, in milliseconds. @default 30_000 */
  readonly handlerTimeoutMs?: number
  /** An instance that gives no sign of life for this long loses its lease, in milliseconds. @default 5_000 */
  readonly leaseMs?: number
  /** The same event being tried for longer than this is reported as stuck, in milliseconds. @default 60_000 */
  readonly stuckAfterMs?: number
  /** Names of handlers that are gone for good; what is kept about them is removed. */
  readonly retire?: readonly string[]
}
