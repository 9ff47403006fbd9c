import type { FeedRow, Tables } from '../store/tables.ts'

const feedKey = 'feed'

/** How far the service's own changes were seen in the log. */
export async function readFeed(tables: Tables): Promise<FeedRow> {
  return (await tables.feeds.get(feedKey)) ?? { position: 0, sinceSnapshot: 0, snapshotAfter: 0 }
}

/** Keeps it. */
export function writeFeed(tables: Tables, row: FeedRow): Promise<void> {
  return tables.feeds.put(feedKey, row)
}
