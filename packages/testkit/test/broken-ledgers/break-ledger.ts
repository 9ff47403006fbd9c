import type { Ledger, LedgerReader, LedgerTransaction } from '@tidings/core'
import type { LedgerSubject } from '../../src/conformance/ledger/ledger-subject.ts'

export type Transaction = LedgerTransaction<unknown>
export type Reader = LedgerReader & { readonly db: unknown }

/** A ledger at fault, and the case that must find it. */
export interface BrokenLedger {
  readonly fault: string
  readonly foundBy: string
  /** What is broken: memory, or SQLite where transactions must wait for each other. @default memory */
  readonly on?: 'SQLite'
  readonly breaks: (subject: LedgerSubject) => LedgerSubject
}

/** A subject whose ledgers have some members replaced. `change` is called for each ledger that is opened. */
export function withLedger(change: (inner: Ledger) => Partial<Ledger>): (subject: LedgerSubject) => LedgerSubject {
  return (subject) => {
    const inners = new WeakMap<Ledger, Ledger>()
    const broken = (inner: Ledger): Ledger => {
      const ledger = replacing(inner, change(inner))
      inners.set(ledger, inner)
      return ledger
    }
    return {
      ...subject,
      open: async () => broken(await subject.open()),
      reopen: async (ledger) => broken(await subject.reopen(inners.get(ledger) ?? ledger)),
    }
  }
}

/** A subject whose transactions have some members replaced. `change` is called for each transaction. */
export function withTransaction(
  change: (tx: Transaction, ledger: Ledger) => Partial<Transaction>,
): (subject: LedgerSubject) => LedgerSubject {
  return withLedger((inner) => ({
    transaction: (work, signal) => inner.transaction((tx) => work(replacing(tx, change(tx, inner))), signal),
  }))
}

/** A subject whose queries, and reads in transactions, have some members replaced. */
export function withReader(
  change: (reader: LedgerReader, ledger: Ledger) => Partial<LedgerReader>,
): (subject: LedgerSubject) => LedgerSubject {
  return withLedger((inner) => ({
    transaction: (work, signal) => inner.transaction((tx) => work(replacing<Transaction>(tx, change(tx, inner))), signal),
    read: (work, signal) => inner.read((reader) => work(replacing<Reader>(reader, change(reader, inner))), signal),
  }))
}

/** The same object but for the members given. */
export function replacing<T extends object>(target: T, changed: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member: unknown = name in changed ? Reflect.get(changed, name) : Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** Lets so many in at once; the others wait. */
export class Turnstile {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(places: number) {
    this.#free = places
  }

  async pass<R>(work: () => Promise<R>): Promise<R> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
