import assert from 'node:assert/strict'
import {
  type EventLog,
  type LogCapabilities,
  type NewEvent,
  type Position,
  type StoredEvent,
  systemRuntime,
  TidingsError,
} from '@tidings/core'
import type { ConformanceCase } from '../conformance-case.ts'
import type { LogSubject } from './log-subject.ts'

/** A case of the log's conformance suite. */
export type LogCase = ConformanceCase<LogSubject, LogCapabilities>

/** One run of a case: its log with its handles, closed when it ends, and what the cases do again and again. */
export class LogTrial {
  readonly log: EventLog
  readonly #subject: LogSubject
  readonly #opened: EventLog[]

  private constructor(subject: LogSubject, log: EventLog) {
    this.#subject = subject
    this.log = log
    this.#opened = [log]
  }

  /** Runs the work on a new log. */
  static async run(subject: LogSubject, work: (trial: LogTrial) => Promise<void>): Promise<void> {
    const trial = new LogTrial(subject, await subject.open())
    try {
      await work(trial)
    } finally {
      // A log at fault may wait for ever or refuse; its case has failed by then.
      await Promise.all(trial.#opened.map((log) => trial.soon('a close', log.close()).catch(() => {})))
    }
  }

  /** Another handle on the same log. */
  async reopen(): Promise<EventLog> {
    const log = await this.#subject.reopen(this.log)
    this.#opened.push(log)
    return log
  }

  /** Another log. */
  async another(): Promise<EventLog> {
    const log = await this.#subject.open()
    this.#opened.push(log)
    return log
  }

  append(events: readonly NewEvent[], log = this.log): Promise<readonly Position[]> {
    const appending = this.soon('an append', log.append(events))
    // What is under way when a case has failed already ends the process of nobody.
    appending.catch(() => {})
    return appending
  }

  /**
   * Everything that stands in the log up to a position, read in stretches; up to its end where no position is given. Waits
   * until the log is sealed so far.
   */
  async contents(log = this.log, upTo?: Position): Promise<readonly StoredEvent[]> {
    const end = upTo ?? (await this.soon('the end of the log', log.sealed()))
    const events: StoredEvent[] = []
    await this.until(`the log is sealed up to ${end}`, async () => {
      const stretch = await log.read({ after: events.at(-1)?.position ?? 0, limit: 10_000 })
      events.push(...stretch.events)
      return stretch.upTo >= end
    })
    return events
  }

  /** Fails unless these are the positions after the last one, without a gap; a log that skips positions may have left some. */
  areNext(positions: readonly Position[], last: Position, what: string): void {
    const first = this.log.capabilities.skipsPositions ? Math.max(positions[0] ?? 0, last + 1) : last + 1
    assert.deepEqual(
      positions,
      positions.map((_, i) => first + i),
      what,
    )
  }

  /** Fails unless the append is refused with this code and nothing of it stands in the log. */
  async refused(events: readonly NewEvent[], code: string, what: string): Promise<void> {
    const before = await this.contents()
    await this.fails(this.log.append(events), code, what)
    assert.deepEqual(await this.contents(), before, `${what}: something was written`)
  }

  /** Fails unless the promise rejects with an error of ours that has this code. */
  async fails(promise: Promise<unknown>, code: string, what: string): Promise<void> {
    const error = await this.soon(
      what,
      promise.then(
        () => assert.fail(`${what}: it was done, and ${code} was to be thrown`),
        (reason: unknown) => reason,
      ),
    )
    if (error instanceof assert.AssertionError) throw error
    assert.ok(error instanceof TidingsError, `${what}: ${String(error)} is no error of ours`)
    assert.equal(error.code, code, `${what}: ${error.message}`)
  }

  /** Waits until the condition holds. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const begun = systemRuntime.clock.monotonic()
    while (!(await this.soon(what, Promise.resolve(condition())))) {
      if (systemRuntime.clock.monotonic() - begun > this.#patienceMs) assert.fail(`${what}: not so within ${this.#patienceMs} ms`)
      await systemRuntime.clock.sleep(1)
    }
  }

  /** Settles as the promise does, or fails when that takes longer than patience lasts. */
  async soon<R>(what: string, promise: Promise<R>): Promise<R> {
    const done = new AbortController()
    const late = systemRuntime.clock.sleep(this.#patienceMs, done.signal).then(
      () => assert.fail(`${what} did not happen within ${this.#patienceMs} ms`),
      () => new Promise<never>(() => {}),
    )
    try {
      return await Promise.race([promise, late])
    } finally {
      done.abort()
    }
  }

  get #patienceMs(): number {
    return this.#subject.patienceMs ?? 10_000
  }
}

/** The ids of the events, in order. */
export function idsOf(events: readonly NewEvent[]): readonly string[] {
  return events.map(({ id }) => id)
}

/** The positions 1, 2, 3 … */
export function upTo(count: number): readonly Position[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}
