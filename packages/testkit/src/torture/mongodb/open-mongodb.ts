import { mongodbEventLog } from '@tidings/event-store/mongodb'
import type { CommandStartedEvent } from 'mongodb'
import type { ServiceName } from '../check/round-rows.ts'
import { sqliteBooks, sqliteMirror, sqliteTill } from '../sqlite/sqlite-records.ts'
import type { FaultSwitch } from '../worker/fault-switch.ts'
import type { OpenedStore } from '../worker/opened-store.ts'
import { ledgerPointOf, logPointOf } from './command-points.ts'
import { mongodbBooks, mongodbMirror, mongodbTill } from './mongodb-records.ts'
import { weaknessOf } from './weakness-of.ts'

/** A server, as one process reaches it, and the service whose database is not there but a SQLite file. */
export interface MongodbPlace {
  readonly store: 'mongodb'
  readonly url: string
  readonly onSqlite: ServiceName
}

/** The database of a round's log. Those of the services are named after them. */
export const logDatabase = 'log'

/** Shorter than for users, so that a fault of a few seconds is past them. */
export const timeouts = { answerTimeoutMs: 3_000, appendTimeoutMs: 5_000 } as const

/**
 * Opens the log and the databases. A process may die or be stopped at every command that it is about to send.
 *
 * @param report Told what no process may do.
 */
export function openMongodb({ url, onSqlite }: MongodbPlace, faults: FaultSwitch, report: (broken: string) => void): OpenedStore {
  const server = (database: string, pointOf: typeof logPointOf) => ({
    url,
    database,
    ...timeouts,
    // Called before the command is sent.
    onCommand: (command: CommandStartedEvent) => {
      const weakness = weaknessOf(command)
      if (weakness !== undefined) report(`I2 ${weakness}`)
      const point = pointOf(command)
      if (point !== undefined) faults.arrive(point)
    },
  })
  return {
    // On a busy machine an answer may take a second, and a step has several.
    leaseMs: 2_500,
    // More would for the most part meet conflicts: there are few tills.
    inFlight: 4,
    log: mongodbEventLog(server(logDatabase, logPointOf)),
    till: onSqlite === 'till' ? sqliteTill : mongodbTill(server('till', ledgerPointOf)),
    books: onSqlite === 'books' ? sqliteBooks : mongodbBooks(server('books', ledgerPointOf)),
    mirror: onSqlite === 'mirror' ? sqliteMirror : mongodbMirror(server('mirror', ledgerPointOf)),
  }
}
