import type { EventLog } from '@tidings/core'
import type { SqlitePlace } from '../sqlite/open-sqlite.ts'
import type { FaultSwitch } from './fault-switch.ts'
import type { BooksRecords, MirrorRecords, TillRecords } from './service-records.ts'

/** Where a process finds the log and the databases of its round. */
export type Place = SqlitePlace

/** The log and the databases of a round, as one of its processes opens them. */
export interface OpenedStore {
  readonly log: EventLog
  readonly till: TillRecords
  readonly books: BooksRecords
  readonly mirror: MirrorRecords
}

/** Opens what the process works on; the code of other stores is not even loaded. */
export async function openStore(place: Place, _faults: FaultSwitch): Promise<OpenedStore> {
  const { openSqlite } = await import('../sqlite/open-sqlite.ts')
  return openSqlite(place)
}
