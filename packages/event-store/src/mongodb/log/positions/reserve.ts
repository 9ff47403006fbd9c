import { type Position, StoreDamaged } from '@tidings/core'
import { type LogCollections, names } from '../collections.ts'
import type { CounterDocument } from '../state-document.ts'

/**
 * Reserves that many positions, all higher than any that was reserved before, and answers the first. What was acknowledged by
 * a majority only: a failover would else take the counter back, and an append made later would get a lower position.
 *
 * @throws {StoreDamaged} The counter is gone, or is another log's.
 * @throws The driver's error. Positions may be reserved then that nobody writes to: readers close them.
 */
export async function reserve(collections: LogCollections, log: string, count: number, signal: AbortSignal): Promise<Position> {
  const { value } = await collections.write(
    { findAndModify: names.state, query: { _id: 'counter', log }, update: { $inc: { reserved: count } }, new: true },
    signal,
  )
  if (value === null || value === undefined)
    throw new StoreDamaged({
      store: collections.location,
      reason: 'its counter of positions is gone or is that of another log, made while this one was open',
    })
  return (value as CounterDocument).reserved - count + 1
}
