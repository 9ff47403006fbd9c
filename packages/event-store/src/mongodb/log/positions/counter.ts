import type { Position } from '@tidings/core'
import { type LogCollections, names } from '../collections.ts'
import type { Mark } from '../event-document.ts'
import type { CounterDocument } from '../state-document.ts'

/** The most positions that are looked at at once. */
const window = 10_000

/** Raises the counter to the highest position that something stands at, from a position on that something stands at. */
export async function raiseToHead(collections: LogCollections, log: string, from: Position, signal: AbortSignal): Promise<void> {
  let head = from
  for (;;) {
    const beyond = { _id: { $gt: head, $lte: head + window } }
    const [last] = await collections.find<'events', Mark>('events', beyond, { sort: { _id: -1 }, limit: 1, projection: { _id: 1 }, signal })
    if (last === undefined) break
    head = last._id
  }
  await updateCounter(collections, { _id: 'counter', log }, { $max: { reserved: head } }, signal)
}

/** The longest that readers wait for a position. */
const longestHoleTimeoutMs = 30_000

/** Makes readers wait twice as long from now on: a slow network would else never get an event in. */
export async function waitLonger(collections: LogCollections, log: string, holeTimeoutMs: number, signal: AbortSignal): Promise<void> {
  const [counter] = await collections.find<'state', CounterDocument>('state', { _id: 'counter', log }, { signal })
  if (counter === undefined) return
  const longer = Math.min(2 * Math.max(counter.holeTimeoutMs ?? 0, holeTimeoutMs), longestHoleTimeoutMs)
  // Of several that come too late at once, one doubles.
  const same = { _id: 'counter', log, losses: counter.losses }
  await updateCounter(collections, same, { $set: { holeTimeoutMs: longer }, $inc: { losses: 1 } }, signal)
}

/** Makes readers wait half as long, where nobody has come too late since. */
export async function waitShorter(collections: LogCollections, counter: CounterDocument, holeTimeoutMs: number): Promise<void> {
  const half = (counter.holeTimeoutMs ?? 0) / 2
  const same = { _id: 'counter', log: counter.log, losses: counter.losses, holeTimeoutMs: counter.holeTimeoutMs }
  await updateCounter(collections, same, half > holeTimeoutMs ? { $set: { holeTimeoutMs: half } } : { $unset: { holeTimeoutMs: '' } })
}

async function updateCounter(collections: LogCollections, q: object, u: object, signal?: AbortSignal): Promise<void> {
  await collections.write({ update: names.state, updates: [{ q, u }] }, signal)
}
