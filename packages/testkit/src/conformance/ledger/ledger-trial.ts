import assert from 'node:assert/strict'
import {
  type Json,
  type Ledger,
  type LedgerCapabilities,
  type LedgerReader,
  type LedgerTransaction,
  systemRuntime,
  TransactionConflict,
} from '@tidings/core'
import type { ConformanceCase } from '../conformance-case.ts'
import type { LedgerSubject } from './ledger-subject.ts'

/** A case of the ledger's conformance suite. */
export type LedgerCase = ConformanceCase<LedgerSubject, LedgerCapabilities>

/** One run of a case: its ledgers, closed when it ends, and what the cases do again and again. */
export class LedgerTrial {
  readonly ledger: Ledger
  readonly #subject: LedgerSubject
  readonly #first: Ledger
  readonly #opened: Ledger[]
  #over = false

  private constructor(subject: LedgerSubject, ledger: Ledger) {
    this.#subject = subject
    this.#first = ledger
    this.ledger = quiet(ledger)
    this.#opened = [ledger]
  }

  /** Runs the work on a new database. */
  static async run(subject: LedgerSubject, work: (trial: LedgerTrial) => Promise<void>): Promise<void> {
    const trial = new LedgerTrial(subject, await subject.open())
    try {
      await work(trial)
    } finally {
      trial.#over = true
      // A ledger at fault may wait for ever; its case has failed by then.
      await Promise.all(trial.#opened.map((ledger) => trial.soon('close', ledger.close()).catch(() => {})))
    }
  }

  /** A second instance on the same database. */
  async reopen(): Promise<Ledger> {
    const ledger = await this.#subject.reopen(this.#first)
    this.#opened.push(ledger)
    return quiet(ledger)
  }

  writeOwn(db: unknown, key: string, value: string): Promise<void> {
    return this.#subject.writeOwn(db, key, value)
  }

  readOwn(db: unknown, key: string): Promise<string | undefined> {
    return this.#subject.readOwn(db, key)
  }

  /** The value of one row, in a transaction of its own. */
  async value(table: string, key: string, ledger = this.ledger): Promise<Json | undefined> {
    return ledger.read((reader) => lookUp(reader, table, key))
  }

  async own(key: string, ledger = this.ledger): Promise<string | undefined> {
    return ledger.read(({ db }) => this.readOwn(db, key))
  }

  /** Writes one row, in a transaction of its own. */
  async put(table: string, key: string, value: Json): Promise<void> {
    await this.ledger.transaction((tx) => tx.put(table, [{ key, value }]))
  }

  /** Whether the case has ended, so that whoever still tries should stop. */
  get isOver(): boolean {
    return this.#over
  }

  /** Runs the work, again for as long as it meets others. */
  async insistently<R>(work: (tx: LedgerTransaction<unknown>) => Promise<R>, ledger = this.ledger): Promise<R> {
    for (;;) {
      try {
        return await ledger.transaction(work)
      } catch (error) {
        if (!(error instanceof TransactionConflict) || this.#over) throw error
        await turns(1)
      }
    }
  }

  /** Settles as the promise does, or fails when that takes longer than patience lasts. */
  async soon<R>(what: string, promise: Promise<R>): Promise<R> {
    const done = new AbortController()
    const patienceMs = this.#subject.patienceMs ?? 10_000
    const late = systemRuntime.clock.sleep(patienceMs, done.signal).then(
      () => assert.fail(`${what} did not happen within ${patienceMs} ms`),
      () => new Promise<never>(() => {}),
    )
    try {
      return await Promise.race([promise, late])
    } finally {
      done.abort()
    }
  }
}

/** The same ledger; what it is still doing when a case has failed already ends the process of nobody. */
function quiet(ledger: Ledger): Ledger {
  const heard = <R>(running: Promise<R>): Promise<R> => {
    running.catch(() => {})
    return running
  }
  return {
    capabilities: ledger.capabilities,
    location: ledger.location,
    transaction: (work, signal) => heard(ledger.transaction(work, signal)),
    read: (work, signal) => heard(ledger.read(work, signal)),
    now: () => ledger.now(),
    close: () => heard(ledger.close()),
  }
}

/** The value of one row. */
export async function lookUp(reader: LedgerReader, table: string, key: string): Promise<Json | undefined> {
  return (await reader.get(table, [key]))[0]
}

/** Lets others go on for so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await systemRuntime.clock.sleep(0)
}

/** A point that something waits at until it is opened. */
export class Gate {
  readonly passed: Promise<void>
  readonly open: () => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.passed = promise
    this.open = resolve
  }
}
