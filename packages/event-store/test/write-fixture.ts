// Writes the files of a system as this release stores them, for the tests of later releases. Argument: a new folder.
// They hold a checkpoint, parked and held events, missed events, a copy, an answer, and an event staged but not in the log.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type EventLog, StoreUnavailable, systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { deskService, lettersService } from './letters.ts'

const [directory = '.'] = process.argv.slice(2)

const both = createSystem({ services: [lettersService, deskService('illegible')], directory })
await both.start()
await both.call('letters').send({ to: 'ann', text: 'first' }, { idempotencyKey: 'order-1' })
await both.call('letters').send({ to: 'bob', text: 'illegible' })
await both.call('letters').send({ to: 'bob', text: 'held' })
await both.call('letters').send({ to: 'ann', text: 'second' })
await both.settled()
await both.stop()

const alone = createSystem({ services: [lettersService], directory })
await alone.start()
await alone.call('letters').send({ to: 'zoé 😀', text: 'missed' })
await alone.stop()

const log = sqliteEventLog({ file: join(directory, 'log.db') })
const refusing: EventLog = {
  capabilities: log.capabilities,
  location: log.location,
  exists: () => log.exists(),
  identity: () => log.identity(),
  append: () => Promise.reject(new StoreUnavailable({ store: 'log.db', reason: 'it takes nothing now' })),
  read: (query) => log.read(query),
  sealed: () => log.sealed(),
  onAdvance: (ring) => log.onAdvance(ring),
  close: () => log.close(),
}
const cutOff = createSystem({ services: [lettersService], directory, eventStore: refusing, flushMs: 0, runtime: systemRuntime })
await cutOff.start()
await cutOff.call('letters').send({ to: 'ann', text: 'staged' }, { idempotencyKey: 'order-2' })
await cutOff.stop()

for (const name of ['log', 'letters', 'desk']) {
  const database = new DatabaseSync(join(directory, `${name}.db`))
  // One file each, with nothing left in its write-ahead log.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}
