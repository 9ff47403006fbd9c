import { MemoryTable } from './table.ts'

/** What one transaction does to a table: perhaps removes it with all its rows, then writes rows. */
export interface TableWrites {
  dropped: boolean
  /** JSON by key; undefined removes. */
  readonly rows: Map<string, string | undefined>
}

/** A row, or a whole table, of which something can be forgotten once nobody looks at what was before that commit. */
interface Superseded {
  readonly commit: number
  readonly table: string
  readonly key: string | undefined
}

/**
 * The committed rows of one database in memory, with older versions for as long as a transaction may look at them. Several
 * ledgers may share it, as several instances of a service do.
 */
export class MemoryDatabase {
  readonly #tables = new Map<string, MemoryTable>()
  /** How many look at each commit; the oldest first, since commits only grow. */
  readonly #snapshots = new Map<number, number>()
  #superseded: Superseded[] = []
  #forgotten = 0
  #commits = 0

  /** Begins to look at the state as it is now. @internal */
  openSnapshot(): number {
    this.#snapshots.set(this.#commits, (this.#snapshots.get(this.#commits) ?? 0) + 1)
    return this.#commits
  }

  /** Ends that look. @internal */
  closeSnapshot(snapshot: number): void {
    const left = (this.#snapshots.get(snapshot) ?? 1) - 1
    if (left > 0) this.#snapshots.set(snapshot, left)
    else this.#snapshots.delete(snapshot)
    this.#forget()
  }

  /** The row as JSON. @internal */
  get(snapshot: number, table: string, key: string): string | undefined {
    return this.#tables.get(table)?.textAt(snapshot, key)
  }

  /** The keys of a table in a range, in order; some of them may have no value in the snapshot. @internal */
  keys(table: string, from: string | undefined, before: string | undefined): readonly string[] {
    return this.#tables.get(table)?.keys(from, before) ?? []
  }

  /** Commits writes by table. @returns False, with nothing changed, when others committed to the same rows after the snapshot. @internal */
  commit(snapshot: number, writes: ReadonlyMap<string, TableWrites>): boolean {
    for (const [name, { dropped, rows }] of writes) {
      const table = this.#tables.get(name)
      if (table === undefined) continue
      if (table.dropped > snapshot || (dropped && table.changed > snapshot)) return false
      for (const key of rows.keys()) if (table.newest(key) > snapshot) return false
    }
    const commit = ++this.#commits
    for (const [name, { dropped, rows }] of writes) {
      const table = this.#tables.get(name) ?? new MemoryTable()
      this.#tables.set(name, table)
      if (dropped) {
        for (const key of table.drop(commit)) this.#superseded.push({ commit, table: name, key })
        this.#superseded.push({ commit, table: name, key: undefined })
      }
      for (const [key, text] of rows) {
        if (text === undefined || table.newest(key) > 0) this.#superseded.push({ commit, table: name, key })
        table.write(commit, key, text)
      }
    }
    return true
  }

  #forget(): void {
    const [oldest = this.#commits] = this.#snapshots.keys()
    for (;;) {
      const next = this.#superseded[this.#forgotten]
      if (next === undefined || next.commit > oldest) break
      this.#forgotten++
      const table = this.#tables.get(next.table)
      if (next.key !== undefined) table?.forget(oldest, next.key)
      if (table?.isEmpty === true && Math.max(table.changed, table.dropped) <= oldest) this.#tables.delete(next.table)
    }
    if (this.#forgotten > 1_000 || this.#forgotten === this.#superseded.length) {
      this.#superseded = this.#superseded.slice(this.#forgotten)
      this.#forgotten = 0
    }
  }
}
