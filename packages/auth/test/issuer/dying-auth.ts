// Runs the auth service in a process of its own, asks it for one thing, and kills itself at a step on the way. Argument: JSON.
import { join } from 'node:path'
import { systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import type { IssuerRows } from '../../src/issuer/store/issuer-store.ts'
import { authService } from '../../src/issuer.ts'
import { type DyingOptions, die, secret, storeAt, TestClock } from './fixtures.ts'

const { place, ask, dieAt, ms }: DyingOptions = JSON.parse(process.argv[2] ?? '{}')
let armed = false
let writes = 0

const store = storeAt(place)
const rows = (db: unknown): IssuerRows => {
  const real = store.rows(db)
  return {
    ...real,
    put: (table, key, value) => {
      if (armed && ++writes === dieAt.write) die()
      return real.put(table, key, value)
    },
  }
}
const log = sqliteEventLog({ file: join(place.directory, 'log.db') })
const append = log.append.bind(log)
log.append = (events) => {
  if (armed && dieAt.append) die()
  return append(events)
}
const runtime = { clock: new TestClock(ms), logger: systemRuntime.logger }
const system = createSystem({
  services: [authService({ secret, store: { ...store, rows }, runtime })],
  directory: place.directory,
  eventStore: log,
})
await system.start()
await system.settled()
armed = true
const client = system.call('auth')
if ('block' in ask) await client.block({ userId: ask.block })
else await client.refresh({ refreshToken: ask.refresh }).catch(() => {})
// The answer is there, and never reaches anyone.
die()
