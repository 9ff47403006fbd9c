import type { Json } from '@tidings/core'

/** One committed state of a row: undefined when it was removed. */
interface Version {
  readonly commit: number
  readonly value: Json | undefined
}

/**
 * The committed rows of one database in memory, with older versions for as long as a transaction may look at them. Several
 * ledgers may share it, as several instances of a service do.
 */
export class MemoryDatabase {
  readonly #tables = new Map<string, Map<string, Version[]>>()
  readonly #snapshots = new Map<number, number>()
  #commits = 0

  /** Begins to look at the state as it is now. */
  openSnapshot(): number {
    this.#snapshots.set(this.#commits, (this.#snapshots.get(this.#commits) ?? 0) + 1)
    return this.#commits
  }

  /** Ends the look at a state. */
  closeSnapshot(snapshot: number): void {
    const left = (this.#snapshots.get(snapshot) ?? 1) - 1
    if (left > 0) this.#snapshots.set(snapshot, left)
    else this.#snapshots.delete(snapshot)
  }

  /** The value of a key in a state; undefined where there is none. */
  get(snapshot: number, table: string, key: string): Json | undefined {
    return versionAt(this.#tables.get(table)?.get(key), snapshot)?.value
  }

  /** The keys of a table that have a value. */
  keys(snapshot: number, table: string): string[] {
    const rows = this.#tables.get(table)
    if (rows === undefined) return []
    return [...rows].filter(([, versions]) => versionAt(versions, snapshot)?.value !== undefined).map(([key]) => key)
  }

  /** Commits rows by table and key; undefined removes. @returns False, with nothing changed, when one of them was changed after the snapshot. */
  commit(snapshot: number, writes: ReadonlyMap<string, ReadonlyMap<string, Json | undefined>>): boolean {
    for (const [table, rows] of writes) {
      for (const key of rows.keys()) {
        const newest = this.#tables.get(table)?.get(key)?.at(-1)
        if (newest !== undefined && newest.commit > snapshot) return false
      }
    }
    this.#commits++
    const oldest = Math.min(this.#commits, ...this.#snapshots.keys())
    for (const [table, rows] of writes) for (const [key, value] of rows) this.#write(table, key, value, oldest)
    return true
  }

  #write(table: string, key: string, value: Json | undefined, oldest: number): void {
    let rows = this.#tables.get(table)
    if (rows === undefined) {
      rows = new Map()
      this.#tables.set(table, rows)
    }
    const versions = rows.get(key) ?? []
    // Of the versions that every snapshot has passed, only the newest can still be seen.
    const seen = versions.findLastIndex(({ commit }) => commit <= oldest)
    rows.set(key, [...versions.slice(Math.max(0, seen)), { commit: this.#commits, value }])
  }
}

function versionAt(versions: readonly Version[] | undefined, snapshot: number): Version | undefined {
  return versions?.findLast(({ commit }) => commit <= snapshot)
}
