import { join } from 'node:path'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import type { OpenedStore } from '../worker/opened-store.ts'
import { sqliteBooks, sqliteMirror, sqliteTill } from './sqlite-records.ts'

/** Files in a directory. */
export interface SqlitePlace {
  readonly store: 'sqlite'
  readonly directory: string
}

/** The file of a round's log. */
export function logFile(directory: string): string {
  return join(directory, 'log.db')
}

/** Opens the log; the databases are files beside it, named after their services. */
export function openSqlite({ directory }: SqlitePlace): OpenedStore {
  return {
    leaseMs: 400,
    inFlight: 8,
    log: sqliteEventLog({ file: logFile(directory) }),
    till: sqliteTill,
    books: sqliteBooks,
    mirror: sqliteMirror,
  }
}
