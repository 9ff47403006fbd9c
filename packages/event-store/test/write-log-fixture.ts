// Writes a log as this release stores it, for the tests of later releases. Argument: a new file. Prints the log's identity.
import { DatabaseSync } from 'node:sqlite'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { fixtureEvents } from './fixture-events.ts'

const [file = ''] = process.argv.slice(2)
const log = sqliteEventLog({ file })
await log.append(fixtureEvents)
process.stdout.write(`${await log.identity()}\n`)
await log.close()
const database = new DatabaseSync(file)
// One file, with nothing left in its write-ahead log.
database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
database.close()
