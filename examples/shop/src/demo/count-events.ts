import { eventLogOf, type ShopStores } from '../shop-stores.ts'

/** How many events of each type are in the log of a shop, in the order in which the types first appear. */
export async function countEvents(stores: ShopStores): Promise<ReadonlyMap<string, number>> {
  const log = eventLogOf(stores)
  try {
    const counts = new Map<string, number>()
    const end = await log.sealed()
    for (let after = 0; after < end; ) {
      const { events, upTo } = await log.read({ after, limit: 10_000 })
      for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1)
      after = upTo
    }
    return counts
  } finally {
    await log.close()
  }
}
