import { createHash } from 'node:crypto'
import type { AnyEventType, Service } from '@tidings/core'

/** A copy as its service declares it. */
export interface CopyDefinition {
  readonly name: string
  /** Digest of the events, versions and fields: another one means that the copy must be built anew. */
  readonly digest: string
  /** Fed by one event only: what is newest replaces the whole row, so that it need not be read first. */
  readonly isSingle: boolean
  /** The events whose picked fields it takes. */
  readonly feeds: readonly AnyEventType[]
  /** The events that remove their key. */
  readonly removals: readonly AnyEventType[]
}

/** The copies that the library keeps for a service. */
export function copyDefinitions(service: Service): readonly CopyDefinition[] {
  const copies = new Map<string, { feeds: AnyEventType[]; removals: AnyEventType[] }>()
  for (const subscription of service.subscriptions) {
    if (subscription.kind !== 'copy-into' && subscription.kind !== 'copy-removal') continue
    const copy = copies.get(subscription.copy) ?? { feeds: [], removals: [] }
    copies.set(subscription.copy, copy)
    if (subscription.kind === 'copy-into') copy.feeds.push(subscription.event)
    else copy.removals.push(subscription.event)
  }
  return [...copies].map(([name, { feeds, removals }]) => ({
    name,
    feeds,
    removals,
    digest: digestOf(feeds, removals),
    isSingle: feeds.length === 1,
  }))
}

/** What a hand-written copy declares: written anew when it changes. */
export function writeDefinition(event: AnyEventType): string {
  return digestOf([event], [])
}

function digestOf(feeds: readonly AnyEventType[], removals: readonly AnyEventType[]): string {
  const lines = [
    ...feeds.map((event) => `into ${event.name} ${event.version} ${event.fields?.join(',') ?? '*'}`),
    ...removals.map((event) => `remove ${event.name} ${event.version}`),
  ]
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 12)
}

/** The ledger table of one build of a copy. Every build has its own, so that two at once do not disturb each other. */
export function copyTable(name: string, generation: number, build: string): string {
  return `copy_${name}_${generation}_${build}`
}
