import { compareKeys } from './compare-keys.ts'

/** One committed state of a row, as JSON: undefined when it was removed. */
interface Version {
  readonly commit: number
  readonly text: string | undefined
}

/** The committed rows of one table, with older versions for as long as somebody may look at them. */
export class MemoryTable {
  readonly #rows = new Map<string, readonly Version[]>()
  /** The keys in order, from the first time that somebody scans. */
  #sorted: string[] | undefined
  #changed = 0
  #dropped = 0

  /** The commit of the newest write of any row. */
  get changed(): number {
    return this.#changed
  }

  /** The commit that removed the table last; 0 when none did. */
  get dropped(): number {
    return this.#dropped
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0
  }

  /** The row as it was after the commit given. */
  textAt(commit: number, key: string): string | undefined {
    return this.#rows.get(key)?.findLast((version) => version.commit <= commit)?.text
  }

  /** The commit of a row's newest write; 0 when none is remembered, for nobody can see what was before. */
  newest(key: string): number {
    return this.#rows.get(key)?.at(-1)?.commit ?? 0
  }

  /** The keys in a range, in order; of some of them nothing may be left to see. */
  keys(from: string | undefined, before: string | undefined): readonly string[] {
    this.#sorted ??= [...this.#rows.keys()].sort(compareKeys)
    if (from === undefined && before === undefined) return this.#sorted
    return this.#sorted.slice(
      from === undefined ? 0 : placeOf(this.#sorted, from),
      before === undefined ? undefined : placeOf(this.#sorted, before),
    )
  }

  write(commit: number, key: string, text: string | undefined): void {
    const versions = this.#rows.get(key)
    if (versions === undefined) this.#sorted?.splice(placeOf(this.#sorted, key), 0, key)
    // A transaction that drops a table and writes it again has two writes of one row; the later counts.
    this.#rows.set(key, [...(versions ?? []).filter((version) => version.commit < commit), { commit, text }])
    this.#changed = commit
  }

  /** Removes all rows. @returns Their keys. */
  drop(commit: number): readonly string[] {
    const removed = [...this.#rows].filter(([, versions]) => versions.at(-1)?.text !== undefined).map(([key]) => key)
    for (const key of removed) this.write(commit, key, undefined)
    this.#dropped = commit
    return removed
  }

  /** Forgets what nobody can see any more who looks at the commit given, or later ones. */
  forget(commit: number, key: string): void {
    const versions = this.#rows.get(key)
    if (versions === undefined) return
    const left = versions.slice(
      Math.max(
        0,
        versions.findLastIndex((version) => version.commit <= commit),
      ),
    )
    const [first] = left
    if (left.length === 1 && first !== undefined && first.text === undefined && first.commit <= commit) {
      this.#rows.delete(key)
      this.#sorted?.splice(placeOf(this.#sorted, key), 1)
    } else if (left.length < versions.length) this.#rows.set(key, left)
  }
}

/** Where the key stands among the sorted ones, or would. */
function placeOf(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(sorted[middle] ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
