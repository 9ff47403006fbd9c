import { type EventLog, type Ledger, logLimits, type Runtime, StoreOverloaded } from '@tidings/core'
import { getRows, scanRows } from '../ledger/tables.ts'
import { appendStaged } from './append-staged.ts'
import { removeStaged } from './remove-staged.ts'
import type { Staged } from './stage-events.ts'

/** What the relay needs. */
export interface RelayOptions {
  readonly service: string
  readonly ledger: Ledger
  readonly log: EventLog
  readonly runtime: Runtime
  /** The most events that may wait here for the log. @default 100_000 */
  readonly maxStaged?: number
  /** How often rows that other instances left behind are looked for, in milliseconds. @default 5_000 */
  readonly sweepMs?: number
  /** Called after each append. */
  readonly onAppended?: () => void
}

const sweepPage = 500

/**
 * Carries staged events from the service's database to the log: those handed over after a commit at once, those that a
 * dead instance left behind when it starts and now and then. Appending twice is harmless, for ids are unique in the log.
 */
export class Relay {
  readonly #options: RelayOptions
  readonly #waiting = new Map<string, Staged>()
  readonly #stopping = new AbortController()
  #waitingEvents = 0
  #running: Promise<void> | undefined
  #sweeping: Promise<void> | undefined

  constructor(options: RelayOptions) {
    this.#options = options
  }

  /** Events that this instance knows to be staged and not yet in the log. */
  get depth(): number {
    return this.#waitingEvents
  }

  /** When the oldest of them was staged; undefined when none waits. */
  get oldestStagedAt(): number | undefined {
    let oldest: number | undefined
    for (const { row } of this.#waiting.values()) if (oldest === undefined || row.stagedAt < oldest) oldest = row.stagedAt
    return oldest
  }

  /** Takes over what an earlier run left staged, then looks for such rows now and then until stopped. */
  async start(): Promise<void> {
    await this.#sweep(Number.POSITIVE_INFINITY)
    this.#sweeping = this.#sweepNowAndThen()
  }

  /** @throws {StoreOverloaded} Too many events wait for the log already. */
  assertRoom(): void {
    const maximum = this.#options.maxStaged ?? 100_000
    if (this.#waitingEvents >= maximum)
      throw new StoreOverloaded({ store: `The outbox of ${this.#options.service}`, waiting: this.#waitingEvents, maximum })
  }

  /** Hands over rows that were committed, in the order of their commits. */
  handOver(staged: readonly Staged[]): void {
    for (const one of staged) {
      if (this.#waiting.has(one.id)) continue
      this.#waiting.set(one.id, one)
      this.#waitingEvents += one.row.events.length
    }
    if (this.#waiting.size > 0 && this.#running === undefined && !this.#stopping.signal.aborted) this.#running = this.#run()
  }

  /** Looks for everything that is staged, whoever staged it and when, and takes it over. */
  async takeOver(): Promise<void> {
    await this.#sweep(Number.POSITIVE_INFINITY)
  }

  /** Resolves when nothing that was handed over still waits. */
  async flushed(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** Ends the work. What still waits stays staged, and is taken over by the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled([this.#running, this.#sweeping])
  }

  async #run(): Promise<void> {
    const { runtime, service, log, ledger } = this.#options
    try {
      while (this.#waiting.size > 0 && !this.#stopping.signal.aborted) {
        const rows = await this.#nextRows()
        const refused = await appendStaged(log, runtime, rows, this.#stopping.signal)
        this.#options.onAppended?.()
        for (const { event, error } of refused)
          runtime.logger.error(`The log refused ${event.type} ${event.id} of ${service} for good (${error.code}); it was set aside.`, {
            error,
          })
        await removeStaged(ledger, runtime, rows, refused)
        for (const row of rows) this.#forget(row)
      }
    } catch (error) {
      // Left staged, and found again by the next sweep; an abort is a clean stop.
      if (!this.#stopping.signal.aborted) {
        runtime.logger.warn(`The outbox of ${service} could not be worked off; trying again.`, { error })
        for (const row of [...this.#waiting.values()]) this.#forget(row)
      }
    } finally {
      this.#running = undefined
    }
  }

  #forget({ id }: Staged): void {
    const row = this.#waiting.get(id)
    if (row !== undefined && this.#waiting.delete(id)) this.#waitingEvents -= row.row.events.length
  }

  /** The oldest waiting rows that fit one append, each behind all that must be in the log before it. */
  async #nextRows(): Promise<readonly Staged[]> {
    const rows = new Map<string, Staged>()
    let events = 0
    for (const first of [...this.#waiting.values()]) {
      const missing = await this.#withPredecessors(first, rows)
      const more = missing.reduce((sum, { row }) => sum + row.events.length, 0)
      if (rows.size > 0 && events + more > logLimits.eventsPerAppend) break
      for (const row of missing) rows.set(row.id, row)
      events += more
    }
    return takeFitting([...rows.values()])
  }

  /**
   * The row behind all rows it names that are still staged, and theirs. They are read after the row itself was seen, each by
   * its id: whoever committed it, it was committed before; and a row that is gone was appended.
   */
  async #withPredecessors(row: Staged, taken: ReadonlyMap<string, Staged>): Promise<readonly Staged[]> {
    const ordered: Staged[] = []
    const seen = new Set<string>(taken.keys())
    const stack: { readonly row: Staged; expanded: boolean }[] = [{ row, expanded: false }]
    while (stack.length > 0) {
      const top = stack[stack.length - 1]
      if (top === undefined) break
      if (top.expanded || seen.has(top.row.id)) {
        stack.pop()
        if (!seen.has(top.row.id)) {
          seen.add(top.row.id)
          ordered.push(top.row)
        }
        continue
      }
      top.expanded = true
      for (const before of await this.#stillStaged(top.row.row.after.filter((id) => !seen.has(id))))
        stack.push({ row: before, expanded: false })
    }
    return ordered
  }

  async #stillStaged(ids: readonly string[]): Promise<readonly Staged[]> {
    const found: Staged[] = []
    const unknown: string[] = []
    for (const id of ids) {
      const row = this.#waiting.get(id)
      if (row === undefined) unknown.push(id)
      else found.push(row)
    }
    if (unknown.length === 0) return found
    const rows = await this.#options.ledger.read((reader) => getRows(reader, 'outbox', unknown))
    rows.forEach((row, i) => {
      const id = unknown[i]
      if (row !== undefined && id !== undefined) found.push({ id, row })
    })
    return found
  }

  /** Rows staged later than `before` are left to the instance that staged them, which is most likely at it. */
  async #sweep(before: number): Promise<void> {
    let from: string | undefined
    for (;;) {
      const rows = await this.#options.ledger.read((reader) =>
        scanRows(reader, 'outbox', { ...(from === undefined ? {} : { from }), limit: sweepPage }),
      )
      this.handOver(rows.filter(({ value }) => value.stagedAt <= before).map(({ key, value }) => ({ id: key, row: value })))
      const last = rows.at(-1)
      if (rows.length < sweepPage || last === undefined) return
      from = `${last.key}\u0000`
    }
  }

  async #sweepNowAndThen(): Promise<void> {
    const { runtime, service, sweepMs = 5_000 } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await runtime.clock.sleep(sweepMs, signal)
        await this.#sweep(runtime.clock.now() - sweepMs)
      } catch (error) {
        if (!signal.aborted) runtime.logger.warn(`The outbox of ${service} could not be looked through; trying again.`, { error })
      }
    }
  }
}

/** As many rows from the front as one append takes; a row alone always fits. */
function takeFitting(rows: readonly Staged[]): readonly Staged[] {
  let events = 0
  const fitting = rows.findIndex(({ row }) => {
    events += row.events.length
    return events > logLimits.eventsPerAppend
  })
  return fitting <= 0 ? rows : rows.slice(0, fitting)
}
