import type { Change } from '../history-record.ts'

/** A row that a transaction wrote; without a value where it removed one. */
export interface WrittenRow {
  readonly table: string
  readonly key: string
  readonly value: unknown
}

interface Lane {
  readonly position: number
  readonly epoch: number
  readonly holder: { readonly instance: string } | null
}

// The ledger joins the parts of its keys with this one.
const separator = '\u001f'

/** Reads the rows of one service's ledger as what they mean. They are of format 1, as packages/event-store keeps it. */
export class CommittedChanges {
  readonly #service: string
  readonly #lanes = new Map<string, Lane>()
  readonly #staged = new Map<string, readonly string[]>()

  constructor(service: string) {
    this.#service = service
  }

  /** What a transaction that commits changes by the rows it writes. */
  of(rows: readonly WrittenRow[]): readonly Change[] {
    const last = new Map(rows.map((row) => [`${row.table}${separator}${row.key}`, row]))
    return [...last.values()].flatMap((row) => this.#changesOf(row))
  }

  /** Remembers what `of` was given: it did commit. */
  committed(rows: readonly WrittenRow[]): void {
    for (const { table, key, value } of rows) {
      if (table === 'lanes') this.#lanes.set(key, value as Lane)
      if (table === 'outbox' && value !== undefined) this.#staged.set(key, idsIn(value))
    }
  }

  #changesOf({ table, key, value }: WrittenRow): readonly Change[] {
    const [consumer = '', ...parts] = key.split(separator)
    const position = Number(parts.at(-1))
    switch (table) {
      case 'lanes':
        return this.#laneChanges(consumer, this.#lanes.get(key), value as Lane)
      case 'attempts': {
        const row = value as { readonly position: number; readonly attempts: number } | undefined
        return row === undefined ? [] : [{ kind: 'attempts', consumer, position: row.position, attempts: row.attempts }]
      }
      case 'parked': {
        const row = value as
          | { readonly state: 'parked' | 'held'; readonly attempts: number; readonly event: { readonly id: string } }
          | undefined
        if (row === undefined) return [{ kind: 'released', consumer, position }]
        return [{ kind: row.state, consumer, position, id: row.event.id, attempts: row.attempts }]
      }
      case 'discarded':
        return [{ kind: 'discarded', consumer, position }]
      case 'outbox':
        if (value === undefined) return [{ kind: 'unstaged', service: this.#service, ids: this.#staged.get(key) ?? [] }]
        return [{ kind: 'staged', service: this.#service, events: eventsIn(value).map(({ id, key: about }) => ({ id, key: about })) }]
      case 'refused':
        return [{ kind: 'refused', service: this.#service, id: key }]
      default:
        return []
    }
  }

  #laneChanges(consumer: string, before: Lane | undefined, lane: Lane): readonly Change[] {
    const { epoch, position, holder } = lane
    const changes: Change[] = []
    if (before === undefined || before.epoch !== epoch || before.holder?.instance !== holder?.instance)
      changes.push({ kind: 'lease', consumer, epoch, isHeld: holder !== null })
    if ((before?.position ?? 0) !== position) changes.push({ kind: 'checkpoint', consumer, epoch, position })
    return changes
  }
}

function eventsIn(value: unknown): readonly { readonly id: string; readonly key: string }[] {
  return (value as { readonly events: readonly { readonly id: string; readonly key: string }[] }).events
}

function idsIn(value: unknown): readonly string[] {
  return eventsIn(value).map(({ id }) => id)
}
