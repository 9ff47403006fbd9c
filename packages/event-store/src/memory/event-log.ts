import {
  checkAppend,
  EventIdReused,
  EventInvalid,
  type EventLog,
  type NewEvent,
  newId,
  type Position,
  type ReadQuery,
  type ReadResult,
  type Runtime,
  StoreClosed,
  type StoredEvent,
  sameContent,
  systemRuntime,
} from '@tidings/core'

/** The reference implementation of the log, and the fastest one for tests: everything is in this process, and gone with it. */
export function memoryEventLog(options: { readonly runtime?: Runtime } = {}): EventLog {
  return new MemoryEventLog(options.runtime ?? systemRuntime)
}

class MemoryEventLog implements EventLog {
  readonly capabilities = { durable: false, sharedByProcesses: false }
  readonly #id: string
  readonly #events: StoredEvent[] = []
  readonly #byId = new Map<string, StoredEvent>()
  readonly #rings = new Set<() => void>()
  #closed = false

  constructor(runtime: Runtime) {
    this.#id = newId(runtime)
  }

  async identity(): Promise<string> {
    this.#assertOpen()
    return this.#id
  }

  async append(events: readonly NewEvent[]): Promise<readonly Position[]> {
    this.#assertOpen()
    checkAppend(events)
    for (const event of events) {
      const stored = this.#byId.get(event.id)
      if (stored !== undefined && !sameContent(stored, event)) throw new EventIdReused({ eventId: event.id, position: stored.position })
    }
    const positions = events.map((event) => {
      const known = this.#byId.get(event.id)
      if (known !== undefined) return known.position
      // A copy of its own: what the caller does to its object later changes nothing here.
      const stored: StoredEvent = Object.freeze({
        ...event,
        headers: Object.freeze({ ...event.headers }),
        position: this.#events.length + 1,
      })
      this.#events.push(stored)
      this.#byId.set(stored.id, stored)
      return stored.position
    })
    for (const ring of [...this.#rings]) ring()
    return positions
  }

  async read({ after, types, limit, signal }: ReadQuery): Promise<ReadResult> {
    this.#assertOpen()
    signal?.throwIfAborted()
    if (!Number.isSafeInteger(after) || after < 0)
      throw new EventInvalid({ event: 'The read', path: 'after', reason: `is ${after}, not a position from 0` })
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > 10_000)
      throw new EventInvalid({ event: 'The read', path: 'limit', reason: `is ${limit}, not 1 to 10,000` })
    const wanted = types === undefined ? undefined : new Set(types)
    const events: StoredEvent[] = []
    for (let at = after; at < this.#events.length && events.length < limit; at++) {
      const event = this.#events[at]
      if (event !== undefined && (wanted === undefined || wanted.has(event.type))) events.push(event)
    }
    const last = events.at(-1)
    return { events, upTo: events.length === limit && last !== undefined ? last.position : Math.max(after, this.#events.length) }
  }

  async sealed(): Promise<Position> {
    this.#assertOpen()
    return this.#events.length
  }

  onAdvance(ring: () => void): Disposable {
    const own = (): void => ring()
    this.#rings.add(own)
    return { [Symbol.dispose]: () => this.#rings.delete(own) }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#rings.clear()
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreClosed({ store: 'in memory' })
  }
}
