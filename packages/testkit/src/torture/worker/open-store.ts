import type { MongodbPlace } from '../mongodb/open-mongodb.ts'
import type { SqlitePlace } from '../sqlite/open-sqlite.ts'
import type { FaultSwitch } from './fault-switch.ts'
import type { OpenedStore } from './opened-store.ts'

/** Where a process finds the log and the databases of its round. */
export type Place = SqlitePlace | MongodbPlace

/**
 * Opens what the process works on. The driver takes a while to load, and is loaded only where it is needed.
 *
 * @param report Told what no process may do.
 */
export async function openStore(place: Place, faults: FaultSwitch, report: (broken: string) => void): Promise<OpenedStore> {
  if (place.store === 'sqlite') return (await import('../sqlite/open-sqlite.ts')).openSqlite(place)
  return (await import('../mongodb/open-mongodb.ts')).openMongodb(place, faults, report)
}
