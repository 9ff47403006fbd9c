import type { Position } from '@tidings/core'
import { type LogCollections, names } from '../collections.ts'
import type { Tombstone, TombstoneReason } from '../event-document.ts'

/**
 * Closes positions that nothing stands at: whatever is sent to them later is refused. Those where something stands by now stay
 * as they are, so whoever goes on from here reads them again first.
 *
 * @returns How many were closed.
 */
export async function insertTombstones(
  collections: LogCollections,
  positions: readonly Position[],
  tombstone: TombstoneReason,
  signal?: AbortSignal,
): Promise<number> {
  const documents = positions.map((_id): Tombstone => ({ _id, tombstone }))
  const { n } = await collections.write({ insert: names.events, documents, ordered: false }, signal)
  return Number(n)
}
