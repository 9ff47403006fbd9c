import type { FinalConsumer, FinalEvent, FinalState } from './final-state.ts'

/** The log in the end, by id and position, and what each consumer wants of it. */
export class LogIndex {
  readonly events: readonly FinalEvent[]
  readonly #byId: ReadonlyMap<string, FinalEvent>
  readonly #byPosition: ReadonlyMap<number, FinalEvent>

  constructor({ events }: Pick<FinalState, 'events'>) {
    this.events = events
    this.#byId = new Map(events.map((event) => [event.id, event]))
    this.#byPosition = new Map(events.map((event) => [event.position, event]))
  }

  byId(id: string): FinalEvent | undefined {
    return this.#byId.get(id)
  }

  at(position: number): FinalEvent | undefined {
    return this.#byPosition.get(position)
  }

  /** The events that a consumer handles, in order. */
  wantedBy({ handlers }: FinalConsumer): readonly FinalEvent[] {
    const types = new Set(handlers.map(({ type }) => type))
    return this.events.filter(({ type }) => types.has(type))
  }
}

/** The names of the consumer's handlers of one type. */
export function handlersOf({ handlers }: FinalConsumer, type: string): readonly string[] {
  return handlers.filter((handler) => handler.type === type).map(({ handler }) => handler)
}

/** Names a key as it is meant: within its service. */
export function keyOf({ service, key }: FinalEvent): string {
  return `${service}/${key}`
}

/** Names an event for a verdict. */
export function nameOf({ position, type, key, id }: FinalEvent): string {
  return `${type} ${id} (key ${key}, position ${position})`
}
