import {
  type Json,
  type LedgerRange,
  type LedgerRow,
  type LedgerTransaction,
  ReadOnlyTransaction,
  TransactionConflict,
  TransactionEnded,
} from '@tidings/core'
import type { MemoryDatabase } from './database.ts'
import { type MemoryHandle, memoryHandle } from './handle.ts'

/** A transaction on a snapshot, with writes of its own on top. The first of two that write the same row commits. */
export class MemoryTransaction implements LedgerTransaction<MemoryHandle> {
  readonly db: MemoryHandle
  readonly #database: MemoryDatabase
  readonly #location: string
  readonly #canWrite: boolean
  readonly #writes = new Map<string, Map<string, Json | undefined>>()
  #snapshot: number | undefined
  #ended = false

  constructor(database: MemoryDatabase, location: string, canWrite: boolean) {
    this.#database = database
    this.#location = location
    this.#canWrite = canWrite
    this.db = memoryHandle(this)
  }

  get begun(): boolean {
    return this.#snapshot !== undefined
  }

  async get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]> {
    const snapshot = this.#use()
    return keys.map((key) => structuredClone(this.#read(snapshot, table, key)))
  }

  async scan(table: string, range: LedgerRange): Promise<readonly LedgerRow[]> {
    const snapshot = this.#use()
    const keys = new Set([...this.#database.keys(snapshot, table), ...(this.#writes.get(table)?.keys() ?? [])])
    const within = [...keys].filter(
      (key) =>
        (range.from === undefined || compareBytes(key, range.from) >= 0) &&
        (range.before === undefined || compareBytes(key, range.before) < 0),
    )
    const rows: LedgerRow[] = []
    for (const key of within.sort(compareBytes)) {
      const value = this.#read(snapshot, table, key)
      if (value === undefined || !matches(value, range.where)) continue
      rows.push({ key, value: structuredClone(value) })
      if (rows.length === range.limit) break
    }
    return rows
  }

  async put(table: string, rows: readonly LedgerRow[]): Promise<void> {
    this.#use()
    this.#assertWritable()
    for (const { key, value } of rows) this.#write(table, key, structuredClone(value))
  }

  async remove(table: string, keys: readonly string[]): Promise<void> {
    this.#use()
    this.#assertWritable()
    for (const key of keys) this.#write(table, key, undefined)
  }

  async drop(table: string): Promise<void> {
    const snapshot = this.#use()
    this.#assertWritable()
    for (const key of [...this.#database.keys(snapshot, table), ...(this.#writes.get(table)?.keys() ?? [])])
      this.#write(table, key, undefined)
  }

  /** @throws {TransactionConflict} Nothing was written. */
  commit(): void {
    if (this.#snapshot === undefined || this.#writes.size === 0) return
    if (!this.#database.commit(this.#snapshot, this.#writes)) throw new TransactionConflict({ database: this.#location })
  }

  /** From now on every use throws. */
  end(): void {
    if (this.#snapshot !== undefined && !this.#ended) this.#database.closeSnapshot(this.#snapshot)
    this.#ended = true
  }

  #use(): number {
    if (this.#ended) throw new TransactionEnded({ database: this.#location })
    this.#snapshot ??= this.#database.openSnapshot()
    return this.#snapshot
  }

  #assertWritable(): void {
    if (!this.#canWrite) throw new ReadOnlyTransaction({ subject: 'The query' })
  }

  #read(snapshot: number, table: string, key: string): Json | undefined {
    const own = this.#writes.get(table)
    return own?.has(key) === true ? own.get(key) : this.#database.get(snapshot, table, key)
  }

  #write(table: string, key: string, value: Json | undefined): void {
    const rows = this.#writes.get(table)
    if (rows === undefined) this.#writes.set(table, new Map([[key, value]]))
    else rows.set(key, value)
  }
}

/** In the order of UTF-8 bytes, as databases compare; JavaScript compares UTF-16 units, which differs past U+FFFF. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function matches(value: Json, where: LedgerRange['where']): boolean {
  return Object.entries(where ?? {}).every(([path, wanted]) => {
    let found: unknown = value
    for (const step of path.split('.'))
      found =
        typeof found === 'object' && found !== null && Object.hasOwn(found, step) ? (found as Record<string, unknown>)[step] : undefined
    return (found ?? null) === wanted
  })
}
