/** Who recorded something, and when by the clock of the run, in milliseconds. */
interface Recorded {
  readonly at: number
  /** The process, with the number of its life: `books-1#3`. */
  readonly process: string
}

/** An event as someone saw it: where it stands, and a digest of everything else. */
export interface Seen {
  readonly position: number
  readonly id: string
  readonly digest: string
}

/** An event is about to be appended; more may go in the same append. */
export interface AppendRecord extends Recorded {
  readonly kind: 'append'
  readonly ids: readonly string[]
}

/** How an append ended: `failed` means that nothing was written, `unknown` that the log could not tell. Positions come with `ok` only. */
export interface AppendedRecord extends Recorded {
  readonly kind: 'appended'
  readonly ids: readonly string[]
  readonly outcome: 'ok' | 'unknown' | 'failed'
  readonly positions: readonly number[]
}

/** What a read of the log answered. */
interface ReadRecord extends Recorded {
  readonly kind: 'read'
  readonly events: readonly Seen[]
}

/** What is recorded of one handler and one event. */
interface HandlerFacts {
  readonly consumer: string
  readonly handler: string
  readonly position: number
  readonly id: string
  /** True when the handler was told that it is a replay. */
  readonly replay: boolean
}

/** A handler is about to run. */
export interface DeliveredRecord extends Recorded, HandlerFacts {
  readonly kind: 'delivered'
}

/** A handler threw. */
interface FailedRecord extends Recorded, HandlerFacts {
  readonly kind: 'failed'
}

/** One thing that a committed transaction changed. */
export type Change =
  | ({ readonly kind: 'handled' } & HandlerFacts)
  /** How often the event that the lane stands at was tried. */
  | { readonly kind: 'attempts'; readonly consumer: string; readonly position: number; readonly attempts: number }
  | {
      readonly kind: 'parked' | 'held'
      readonly consumer: string
      readonly position: number
      readonly id: string
      readonly attempts: number
    }
  /** A parked or held event is so no longer. */
  | { readonly kind: 'released'; readonly consumer: string; readonly position: number }
  | { readonly kind: 'discarded'; readonly consumer: string; readonly position: number }
  /** The lane has another holder, or none. */
  | { readonly kind: 'lease'; readonly consumer: string; readonly epoch: number; readonly isHeld: boolean }
  | { readonly kind: 'checkpoint'; readonly consumer: string; readonly epoch: number; readonly position: number }
  /** Events of one service, in the order in which they were staged. */
  | { readonly kind: 'staged'; readonly service: string; readonly events: readonly { readonly id: string; readonly key: string }[] }
  | { readonly kind: 'unstaged'; readonly service: string; readonly ids: readonly string[] }
  /** The log refuses the event for good. */
  | { readonly kind: 'refused'; readonly service: string; readonly id: string }

/** A transaction took effect: everything in it at once. */
export interface CommitRecord extends Recorded {
  readonly kind: 'commit'
  readonly changes: readonly Change[]
}

/** Something was done to a process. */
interface FaultRecord extends Recorded {
  readonly kind: 'fault'
  readonly fault: 'started' | 'crashed' | 'paused'
}

/** One line of a history. */
export type HistoryRecord = AppendRecord | AppendedRecord | ReadRecord | DeliveredRecord | FailedRecord | CommitRecord | FaultRecord
