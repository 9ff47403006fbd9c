import { snapshotParts } from '../../revocation/facts/snapshot-parts.ts'
import type { Work } from '../issuer.ts'
import type { FactRow } from '../store/tables.ts'
import { readFeed, writeFeed } from './feed-row.ts'

/** The most facts of a snapshot; of more than these a process that starts reads the changes one by one. */
const mostFacts = 1_000_000
const atOnce = 5_000

/**
 * Publishes the facts that still matter, for processes that start to begin with.
 *
 * It goes on behind the last own change that was seen in the log: everything up to there was committed here before, so it is
 * among the facts.
 */
export async function publishSnapshot(work: Work): Promise<void> {
  const feed = await readFeed(work.tables)
  const facts = await activeFacts(work)
  if (facts === undefined) return
  const parts = snapshotParts(feed.position, facts)
  for (const [i, part] of parts.entries()) {
    // Whoever finds a part while the last one is still on its way goes on from the snapshot before.
    await work.publish('AccessSnapshot', { after: i === parts.length - 1 ? part.after : feed.snapshotAfter, facts: [...part.facts] })
  }
  await writeFeed(work.tables, { ...feed, sinceSnapshot: 0, snapshotAfter: feed.position })
}

async function activeFacts({ tables, now }: Work): Promise<readonly FactRow[] | undefined> {
  const active: FactRow[] = []
  for (let after: string | undefined; ; ) {
    const rows = await tables.facts.scan({ after, limit: atOnce })
    for (const { row } of rows) if (row.until > now) active.push(row)
    if (active.length > mostFacts) return undefined
    after = rows.at(-1)?.key
    if (rows.length < atOnce) return active
  }
}
