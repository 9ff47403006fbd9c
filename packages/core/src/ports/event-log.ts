import type { Reach } from './reach.ts'

/** An event's place in the log: 1, 2, 3 … without gaps a reader can see. 0 stands before the first. */
export type Position = number

/** An event as it is given to the log. Fields that this release does not know are kept and come back with a read. */
export interface NewEvent {
  /** UUIDv7, made by the publisher. Appending it again changes nothing. */
  readonly id: string
  /** `orders.order-placed` */
  readonly type: string
  readonly version: number
  /** What the event is about. Means something only within its service. */
  readonly key: string
  /** The service that published it. */
  readonly service: string
  /** When it was published, ISO 8601 in UTC. For people; never for order. */
  readonly time: string
  /** The same for everything that one first request led to. */
  readonly correlationId: string
  /** The request or event that led to this one. */
  readonly causationId?: string
  /** W3C trace context: where in a trace it was published. */
  readonly traceparent?: string
  /** What tracing systems add to that. */
  readonly tracestate?: string
  /** Open map of strings, such as a tenant. */
  readonly headers: Readonly<Record<string, string>>
  /** How `data` is written. This release writes and reads `json`. */
  readonly encoding: string
  /** The data, encoded. Its text never changes: two reads give the same. */
  readonly data: string
}

/** An event that stands in the log. */
export interface StoredEvent extends NewEvent {
  readonly position: Position
}

/** What to read: events after `after`, in order. */
export interface ReadQuery {
  readonly after: Position
  /** Only these types; all where it is missing. An empty list reads nothing but still moves `upTo`. */
  readonly types?: readonly string[]
  /** 1 to 10,000. */
  readonly limit: number
  readonly signal?: AbortSignal
}

/** A stretch of the log. Everything of the types asked for at or under `upTo` is in `events` or was before them, and is final. */
export interface ReadResult {
  readonly events: readonly StoredEvent[]
  /** Never below `after`. */
  readonly upTo: Position
}

/** What a log adapter promises beyond the contract that all keep. */
export interface LogCapabilities {
  /** An acknowledged append survives the end of the process and of the machine. */
  readonly durable: boolean
  /** Several processes may append to and read the same log at once. */
  readonly sharedByProcesses: boolean
  /**
   * A position may be left without an event for good: one that was reserved by a writer which died, or for an event that was
   * there already. Reads pass it; everything else about positions holds.
   */
  readonly skipsPositions: boolean
}

/**
 * The append-only store of every event, in one order: the port that log adapters implement.
 *
 * Positions are gap-free to readers: nobody sees a position and later an event under it. Of two appends, the second
 * made after the first was acknowledged, the second has the higher positions.
 *
 * @see docs/concepts/event-log.md
 */
export interface EventLog {
  readonly capabilities: LogCapabilities
  /** Which log this is, for messages: a path or host and name, never a credential. */
  readonly location: string
  /**
   * Whether the log was made already. Looks only: makes nothing, so that whoever has handled events of a log can tell that
   * this is not it before an empty one is left behind.
   */
  exists(): Promise<boolean>
  /** The id that the log got when it was made; makes it where there is none. A restored backup keeps it; another log has another. */
  identity(): Promise<string>
  /**
   * Appends the events, all or none.
   *
   * @param events 1 to 1,000 events with different ids, each at most 1 MiB encoded.
   * @returns Their positions, in the order given. A repeated id returns the position of its first append.
   * @throws {EventTooLarge} Over a limit. Nothing was written.
   * @throws {EventInvalid} A field or the data is not fit to be stored. Nothing was written.
   * @throws {EventIdReused} An id stands in the log with other content. Nothing was written.
   * @throws {StoreUnavailable} Nothing was written. Repeat when the store is back.
   * @throws {AppendOutcomeUnknown} Perhaps written. Repeat with the same ids.
   * @throws {StoreOverloaded} Too much is waiting. Nothing was written. Repeat later.
   */
  append(events: readonly NewEvent[]): Promise<readonly Position[]>
  /**
   * Reads a stretch of the log, which may be shorter than the limit: go on after `upTo`.
   *
   * @throws {EventInvalid} `after` is no position, `limit` not 1 to 10,000, or `types` no list of texts.
   * @throws {LogTruncated} What comes next after `after` was there once, and is no more.
   * @throws {StoreUnavailable} Repeat when the store is back.
   * @throws {StoreDamaged} What should stand there is missing or cannot be read.
   */
  read(query: ReadQuery): Promise<ReadResult>
  /** The highest position below which the log is final; 0 while it is empty. */
  sealed(): Promise<Position>
  /**
   * Rings when `sealed` may have moved. May miss or repeat; readers never rely on it. An error that it throws reaches nobody
   * else.
   *
   * @throws {StoreClosed}
   */
  onAdvance(ring: () => void): Disposable
  /** What the log's user may touch; missing where there are no users (a file). */
  reach?(): Promise<Reach>
  /** Finishes what is in flight and lets go of everything. Later calls throw {@link StoreClosed}. */
  close(): Promise<void>
}
