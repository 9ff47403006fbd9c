import { sqliteEventLog } from '@tidings/event-store/sqlite'
import type { RoundStore, StoreKind } from '../round/round-store.ts'
import { logFile } from './open-sqlite.ts'
import { readLogFile, readServiceFile } from './read-files.ts'

/** Everything in SQLite files. Processes are killed and stopped; files have no faults of their own. */
export const sqliteStore: StoreKind = {
  name: 'sqlite',
  points: [],
  mostWaitMs: 1_200,
  // Past the lease of 400 ms, so that the other instance takes over.
  stops: [600],
  create: async (directory) => filesIn(directory),
}

function filesIn(directory: string): RoundStore {
  return {
    faults: { kills: true, stops: true },
    startsAnew: false,
    placeOf: () => ({ store: 'sqlite', directory }),
    disturb: async () => [],
    openLog: () => sqliteEventLog({ file: logFile(directory) }),
    rows: async () => ({
      services: {
        till: readServiceFile(directory, 'till'),
        books: readServiceFile(directory, 'books'),
        mirror: readServiceFile(directory, 'mirror'),
      },
      events: readLogFile(directory),
      closed: [],
      damage: [],
    }),
    [Symbol.asyncDispose]: async () => {},
  }
}
