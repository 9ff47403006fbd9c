import type { Work } from '../issuer.ts'

/** More changes than these that the log does not have are an outage: silence says so. */
const mostUnsent = 1_000

/**
 * Gives a sign of life. It says up to when the log has every change, so that one which does not reach the log makes the feed
 * look as old as that change, whatever instance was to send it.
 */
export async function beat({ tables, now, publish }: Work): Promise<void> {
  const unsent = await tables.unsent.scan({ limit: mostUnsent })
  if (unsent.length === mostUnsent) return
  await publish('FeedBeat', { at: unsent.reduce((earliest, { row }) => Math.min(earliest, row.at), now) })
}
