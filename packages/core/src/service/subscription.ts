import type { AnyEventType } from '../contracts/define-event.ts'
import type { Meta } from './context.ts'

/** A copy kept by the library: the picked fields of the newest event per key. */
export interface CopyInto {
  readonly kind: 'copy-into'
  readonly event: AnyEventType
  readonly copy: string
}

/** An event that removes its key from a copy. */
export interface CopyRemoval {
  readonly kind: 'copy-removal'
  readonly event: AnyEventType
  readonly copy: string
}

/** A copy written by hand, with an idempotent write. */
export interface CopyWrite {
  readonly kind: 'copy-write'
  readonly event: AnyEventType
  /** Unique among the service's handlers. */
  readonly name: string
  /** Writes the event's data to the service's own tables; running it twice changes nothing. */
  readonly write: (data: unknown, ctx: { readonly db: unknown; readonly meta: Meta }) => Promise<void>
}

/** A handler with effects. */
export interface Reaction {
  readonly kind: 'reaction'
  readonly event: AnyEventType
  /** Unique among the service's handlers. */
  readonly name: string
  readonly from: 'beginning' | 'now' | undefined
  /** Does what the event calls for. */
  readonly handler: (data: unknown, ctx: unknown) => Promise<void>
}

/** What a service does with one kind of event. */
export type Subscription = CopyInto | CopyRemoval | CopyWrite | Reaction
