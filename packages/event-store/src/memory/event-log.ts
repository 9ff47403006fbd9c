import {
  checkAppend,
  checkReadQuery,
  EventIdReused,
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
import { freezeEvent } from './freeze-event.ts'

/** The reference implementation of the log, and the fastest one for tests: everything is in this process, and gone with it. */
export function memoryEventLog(options: { readonly runtime?: Runtime } = {}): EventLog {
  return new MemoryEventLog(options.runtime ?? systemRuntime)
}

class MemoryEventLog implements EventLog {
  readonly capabilities = { durable: false, sharedByProcesses: false, skipsPositions: false }
  readonly location = 'in memory'
  readonly #runtime: Runtime
  readonly #id: string
  readonly #events: StoredEvent[] = []
  readonly #byId = new Map<string, StoredEvent>()
  readonly #rings = new Set<() => void>()
  #closed = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#id = newId(runtime)
  }

  async exists(): Promise<boolean> {
    this.#assertOpen()
    return true
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
      const stored = freezeEvent(event, this.#events.length + 1)
      this.#events.push(stored)
      this.#byId.set(stored.id, stored)
      return stored.position
    })
    this.#ring()
    return positions
  }

  async read(query: ReadQuery): Promise<ReadResult> {
    this.#assertOpen()
    checkReadQuery(query)
    const { after, types, limit, signal } = query
    signal?.throwIfAborted()
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
    this.#assertOpen()
    const own = (): void => ring()
    this.#rings.add(own)
    return { [Symbol.dispose]: () => this.#rings.delete(own) }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#rings.clear()
  }

  #ring(): void {
    for (const ring of [...this.#rings]) {
      try {
        ring()
      } catch (error) {
        this.#runtime.logger.error('Whoever was told that the log has grown threw an error.', { error })
      }
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreClosed({ store: this.location })
  }
}
