import {
  type EventLog,
  type NewEvent,
  type Position,
  type ReadQuery,
  type ReadResult,
  type StoredEvent,
  systemRuntime,
  TidingsError,
} from '@tidings/core'
import { someEvents } from '../../src/conformance/log/an-event.ts'
import type { LogSubject } from '../../src/conformance/log/log-subject.ts'

/** A log at fault, and the case that must find it. */
export interface BrokenLog {
  readonly fault: string
  readonly foundBy: string
  /** What is broken: memory, or SQLite where only a log that lasts, or is shared, can have the fault. @default memory */
  readonly on?: 'SQLite'
  readonly breaks: (subject: LogSubject) => LogSubject
}

/** A subject whose logs have some members replaced. `change` is called for each handle that is opened. */
export function withLog(change: (inner: EventLog) => Partial<EventLog>): (subject: LogSubject) => LogSubject {
  return (subject) => {
    const inners = new WeakMap<EventLog, EventLog>()
    const broken = (inner: EventLog): EventLog => {
      const log = replacing(inner, change(inner))
      inners.set(log, inner)
      return log
    }
    return {
      ...subject,
      open: async () => broken(await subject.open()),
      reopen: async (log) => broken(await subject.reopen(inners.get(log) ?? log)),
    }
  }
}

/** The same log but for the members given. */
export function replacing(inner: EventLog, changed: Partial<EventLog>): EventLog {
  return {
    capabilities: inner.capabilities,
    location: inner.location,
    exists: () => inner.exists(),
    identity: () => inner.identity(),
    append: (events) => inner.append(events),
    read: (query) => inner.read(query),
    sealed: () => inner.sealed(),
    onAdvance: (ring) => inner.onAdvance(ring),
    close: () => inner.close(),
    ...changed,
  }
}

/** A subject whose logs append in another way. */
export function withAppend(
  append: (events: readonly NewEvent[], inner: EventLog) => Promise<readonly Position[]>,
): (subject: LogSubject) => LogSubject {
  return withLog((inner) => ({ append: (events) => append(events, inner) }))
}

/** A subject whose logs change the question, or the answer, of a read. */
export function withRead(
  read: (query: ReadQuery, ask: (query: ReadQuery) => Promise<ReadResult>) => Promise<ReadResult>,
): (subject: LogSubject) => LogSubject {
  return withLog((inner) => ({ read: (query) => read(query, (asked) => inner.read(asked)) }))
}

/** A subject whose reads answer other events. */
export function withEvents(change: (event: StoredEvent) => StoredEvent): (subject: LogSubject) => LogSubject {
  return withRead(async (query, ask) => {
    const { events, upTo } = await ask(query)
    return { events: events.map(change), upTo }
  })
}

/** A subject whose logs write something in the place of what a rule would have refused. */
export function withoutRule(
  breaksRule: (error: TidingsError, events: readonly NewEvent[]) => boolean,
): (subject: LogSubject) => LogSubject {
  return withAppend(async (events, inner) => {
    try {
      return await inner.append(events)
    } catch (error) {
      if (!(error instanceof TidingsError && breaksRule(error, events))) throw error
      return inner.append(someEvents(Math.min(1_000, Math.max(1, events.length))))
    }
  })
}

/** A subject whose logs refuse as they should, and write all the same. */
export function writingWhatIsRefused(code: string): (subject: LogSubject) => LogSubject {
  return withAppend(async (events, inner) => {
    try {
      return await inner.append(events)
    } catch (error) {
      if (error instanceof TidingsError && error.code === code) await inner.append(someEvents(1))
      throw error
    }
  })
}

/** Everything that stands in the log. */
export async function contentsOf(inner: EventLog): Promise<readonly StoredEvent[]> {
  return (await inner.read({ after: 0, limit: 10_000 })).events
}

/** Lets others go on. */
export function turn(): Promise<void> {
  return systemRuntime.clock.sleep(0)
}
