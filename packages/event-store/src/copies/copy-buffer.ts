import type { Json, LedgerReader, LedgerTransaction, StoredEvent } from '@tidings/core'
import { pickFields } from '../log/decode-event.ts'
import type { CopyDefinition } from './copy-definition.ts'
import { type CopyDataRow, feedRow, removeRow } from './copy-row.ts'

/** A change of a copy's row, for the difference that a dry run shows. */
export interface CopyChange {
  readonly key: string
  readonly before: CopyDataRow | undefined
  readonly after: CopyDataRow
}

/**
 * The rows of one copy that a batch of events touches: read together, changed in memory in the order of the events, written
 * together. `flush` before anything else reads the table in the same transaction.
 */
export class CopyBuffer {
  readonly #copy: CopyDefinition
  readonly #table: string
  readonly #rows = new Map<string, CopyDataRow | undefined>()
  readonly #changed = new Map<string, CopyDataRow | undefined>()

  constructor(copy: CopyDefinition, table: string) {
    this.#copy = copy
    this.#table = table
  }

  /** Reads the rows of the keys that are not known yet. */
  async load(reader: LedgerReader, keys: readonly string[]): Promise<void> {
    const missing = [...new Set(keys)].filter((key) => !this.#rows.has(key))
    if (missing.length === 0) return
    const rows = await reader.get(this.#table, missing)
    missing.forEach((key, i) => {
      // Only this class writes the table.
      this.#rows.set(key, rows[i] as unknown as CopyDataRow | undefined)
    })
  }

  /** Applies an event whose key was loaded. `data` is the event's parsed data. */
  apply(event: StoredEvent, data: unknown): void {
    const key = event.key
    let row = this.#rows.get(key)
    const before = row
    for (const feed of this.#copy.feeds) {
      // A row is what JSON carries: an event's data was encoded as such.
      if (feed.name === event.type)
        row = feedRow(row, this.#copy, event, pickFields(data, feed.fields) as { readonly [field: string]: Json })
    }
    for (const removal of this.#copy.removals) if (removal.name === event.type) row = removeRow(row, event)
    if (row === before) return
    if (!this.#changed.has(key)) this.#changed.set(key, before)
    this.#rows.set(key, row)
  }

  /** What was changed since the last flush. */
  changes(): readonly CopyChange[] {
    return [...this.#changed].map(([key, before]) => ({ key, before, after: this.#rows.get(key) as CopyDataRow }))
  }

  /** Writes what was changed. */
  async flush(tx: LedgerTransaction<unknown>): Promise<void> {
    const changes = this.changes()
    if (changes.length === 0) return
    await tx.put(
      this.#table,
      // Rows are plain JSON; the interface only lacks the index signature that Json asks for.
      changes.map(({ key, after }) => ({ key, value: after as unknown as Json })),
    )
    this.#changed.clear()
  }
}
