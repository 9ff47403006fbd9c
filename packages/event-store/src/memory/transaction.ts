import {
  checkRange,
  type Json,
  type LedgerRange,
  type LedgerRow,
  type LedgerTransaction,
  matchesWhere,
  ReadOnlyTransaction,
  StatementFailed,
  TransactionConflict,
  TransactionEnded,
} from '@tidings/core'
import { compareKeys } from './compare-keys.ts'
import type { MemoryDatabase, TableWrites } from './database.ts'
import { type MemoryHandle, memoryHandle } from './handle.ts'

/** A transaction on a snapshot, with writes of its own on top. The first of two that write the same row commits. */
export class MemoryTransaction implements LedgerTransaction<MemoryHandle> {
  readonly db: MemoryHandle
  readonly #database: MemoryDatabase
  readonly #location: string
  readonly #canWrite: boolean
  readonly #writes = new Map<string, TableWrites>()
  #snapshot: number | undefined
  #ended = false

  constructor(database: MemoryDatabase, location: string, canWrite: boolean) {
    this.#database = database
    this.#location = location
    this.#canWrite = canWrite
    this.db = memoryHandle(
      {
        get: (table, keys) => this.get(table, keys),
        put: (table, rows) => this.put(table, rows),
        remove: (table, keys) => this.remove(table, keys),
        all: async (table) => this.#scan(table, { limit: Number.POSITIVE_INFINITY }),
      },
      location,
    )
  }

  get begun(): boolean {
    return this.#snapshot !== undefined
  }

  async get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]> {
    const snapshot = this.#use()
    return keys.map((key) => decode(this.#text(snapshot, table, key)))
  }

  async scan(table: string, range: LedgerRange): Promise<readonly LedgerRow[]> {
    checkRange(range, this.#location)
    return this.#scan(table, range)
  }

  async put(table: string, rows: readonly LedgerRow[]): Promise<void> {
    const { rows: written } = this.#writesTo(table)
    // Taken as a whole before the first is written, so that a value at fault leaves none behind.
    const texts = rows.map(({ key, value }) => this.#encode(table, key, value))
    rows.forEach(({ key }, i) => {
      written.set(key, texts[i])
    })
  }

  async remove(table: string, keys: readonly string[]): Promise<void> {
    const { rows } = this.#writesTo(table)
    for (const key of keys) rows.set(key, undefined)
  }

  async drop(table: string): Promise<void> {
    const writes = this.#writesTo(table)
    writes.dropped = true
    writes.rows.clear()
  }

  /** @throws {TransactionConflict} Nothing was written. */
  commit(): void {
    if (this.#snapshot === undefined || this.#writes.size === 0) return
    if (!this.#database.commit(this.#snapshot, this.#writes)) throw new TransactionConflict({ database: this.#location })
  }

  /** From now on every use throws. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#snapshot !== undefined) this.#database.closeSnapshot(this.#snapshot)
  }

  #scan(table: string, { from, before, limit, where = {} }: LedgerRange): LedgerRow[] {
    const snapshot = this.#use()
    const rows: LedgerRow[] = []
    for (const key of this.#keys(table, from, before)) {
      const value = decode(this.#text(snapshot, table, key))
      if (value === undefined || !matchesWhere(value, where)) continue
      rows.push({ key, value })
      if (rows.length === limit) break
    }
    return rows
  }

  #use(): number {
    if (this.#ended) throw new TransactionEnded({ database: this.#location })
    this.#snapshot ??= this.#database.openSnapshot()
    return this.#snapshot
  }

  #writesTo(table: string): TableWrites {
    if (!this.#canWrite) throw new ReadOnlyTransaction({ subject: 'The query' })
    this.#use()
    let writes = this.#writes.get(table)
    if (writes === undefined) {
      writes = { dropped: false, rows: new Map() }
      this.#writes.set(table, writes)
    }
    return writes
  }

  #text(snapshot: number, table: string, key: string): string | undefined {
    const own = this.#writes.get(table)
    if (own?.rows.has(key) === true) return own.rows.get(key)
    return own?.dropped === true ? undefined : this.#database.get(snapshot, table, key)
  }

  #keys(table: string, from: string | undefined, before: string | undefined): readonly string[] {
    const own = this.#writes.get(table)
    const committed = own?.dropped === true ? [] : this.#database.keys(table, from, before)
    if (own === undefined || own.rows.size === 0) return committed
    const inside = [...own.rows.keys()].filter(
      (key) => (from === undefined || compareKeys(key, from) >= 0) && (before === undefined || compareKeys(key, before) < 0),
    )
    return [...new Set([...committed, ...inside])].sort(compareKeys)
  }

  /** Rows are kept as JSON, as a database keeps them: what callers do to their objects later changes nothing. */
  #encode(table: string, key: string, value: Json): string {
    if (!key.isWellFormed())
      throw new StatementFailed({ database: this.#location, reason: 'a key holds a lone surrogate, which is no text' })
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined)
      throw new StatementFailed({ database: this.#location, reason: `the row ${key} of ${table} has no value that JSON can carry` })
    return text
  }
}

function decode(text: string | undefined): Json | undefined {
  // Only #encode makes these.
  return text === undefined ? undefined : (JSON.parse(text) as Json)
}
