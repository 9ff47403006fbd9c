import { systemRuntime } from '@tidings/core'
import { serviceNames } from '../check/round-rows.ts'
import { FaultSwitch } from '../worker/fault-switch.ts'
import { type MongodbPlace, openMongodb } from './open-mongodb.ts'

/**
 * Makes the log and the databases before a round disturbs anything. The server for tests that is killed while it makes a
 * collection may leave it unreadable for ever (WiredTiger's EINVAL at every use): so with three of eight servers killed within
 * 250 ms of the first. MongoDB's own journal covers that, so it is nothing that the library could be asked to survive.
 */
export async function makeCollections(place: MongodbPlace, directory: string): Promise<void> {
  const store = openMongodb(place, new FaultSwitch(null), () => {})
  try {
    await store.log.read({ after: 0, limit: 1 })
  } finally {
    await store.log.close()
  }
  for (const service of serviceNames) {
    if (service === place.onSqlite) continue
    const ledger = await store[service].database.open({ service, directory, runtime: systemRuntime })
    try {
      await ledger.prepare?.()
    } finally {
      await ledger.close()
    }
  }
}
