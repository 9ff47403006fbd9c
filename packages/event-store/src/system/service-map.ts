import { inspect } from 'node:util'
import type { AnyEventType, AnyOperation, Contract, Service } from '@tidings/core'

/** What one service shows, does and keeps, as it declares it. */
export interface ServiceEntry {
  readonly name: string
  readonly emits: readonly string[]
  readonly operations: readonly string[]
  /** Services it may call. */
  readonly calls: readonly string[]
  /** Events it reacts to with effects. */
  readonly reacts: readonly string[]
  /** Whose data it keeps, and which fields of it. */
  readonly copies: readonly {
    readonly copy: string
    readonly event: string
    readonly fields: readonly string[] | 'all'
    readonly removes?: true
  }[]
}

/** Who emits, who reacts, who calls, who copies which fields: read from the declarations, so it cannot differ from the code. */
export class ServiceMap {
  readonly #entries: readonly ServiceEntry[]

  constructor(services: readonly Service[]) {
    this.#entries = services.map(entryOf)
  }

  /** Who emits, reacts, calls and copies, in aligned lines for people. */
  toString(): string {
    return inColumns(this.#entries.flatMap(linesOf)).join('\n')
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString()
  }

  /** The map as data. */
  toJSON(): { readonly services: readonly ServiceEntry[] } {
    return { services: this.#entries }
  }

  /** The map as a Mermaid flowchart. */
  mermaid(): string {
    const lines = ['flowchart LR']
    for (const { name } of this.#entries) lines.push(`  ${id(name)}[${name}]`)
    for (const entry of this.#entries) {
      for (const called of entry.calls) lines.push(`  ${id(entry.name)} -->|calls| ${id(called)}`)
      for (const event of entry.reacts) lines.push(`  ${id(ownerOf(event))} -.->|${event}| ${id(entry.name)}`)
      for (const { copy, event, fields, removes } of entry.copies) {
        lines.push(
          `  ${id(ownerOf(event))} ==>|${event} ${removes ? 'removes from' : 'copied into'} ${copy}: ${fields === 'all' ? 'all fields' : fields.join(', ')}| ${id(entry.name)}`,
        )
      }
    }
    return `${lines.join('\n')}\n`
  }
}

function entryOf(service: Service): ServiceEntry {
  const { contract, uses, subscriptions } = service
  return {
    name: contract.name,
    emits: Object.values(contract.events as Record<string, AnyEventType>).map(({ name }) => name),
    operations: Object.keys(contract.operations as Record<string, AnyOperation>),
    calls: Object.values(uses as Record<string, Contract>).map(({ name }) => name),
    reacts: [...new Set(subscriptions.flatMap((one) => (one.kind === 'reaction' ? [one.event.name] : [])))],
    copies: subscriptions.flatMap((one) => {
      if (one.kind === 'reaction') return []
      const copy = one.kind === 'copy-write' ? 'own tables' : one.copy
      return [
        {
          copy,
          event: one.event.name,
          fields: one.event.fields ?? ('all' as const),
          ...(one.kind === 'copy-removal' ? { removes: true as const } : {}),
        },
      ]
    }),
  }
}

function linesOf({ name, emits, reacts, calls, copies }: ServiceEntry): string[][] {
  const lines = [
    ...emits.map((event) => ['emits', event, '']),
    ...reacts.map((event) => ['reacts to', event, '']),
    ...calls.map((service) => ['calls', service, '']),
    ...copies.map(({ copy, event, fields, removes }) => [
      'copies',
      event,
      removes ? `removes from ${copy}` : `into ${copy}: ${fields === 'all' ? 'all fields' : fields.join(', ')}`,
    ]),
  ]
  return (lines.length === 0 ? [['']] : lines).map((line, i) => [i === 0 ? name : '', ...line])
}

function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function ownerOf(event: string): string {
  return event.slice(0, event.indexOf('.'))
}

function id(name: string): string {
  return name.replaceAll('-', '_')
}
