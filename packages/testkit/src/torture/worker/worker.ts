// One process of a torture round. Argument: a WorkerPlan as JSON. Prints what it has done, a line at a time, before it goes on.
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Client, type Service, systemRuntime, TidingsError } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { recordedDatabase } from '../../history/recording/recorded-database.ts'
import { recordedLog } from '../../history/recording/recorded-log.ts'
import { recordedService } from '../../history/recording/recorded-service.ts'
import { type FaultPlan, FaultSwitch, type Role } from './fault-switch.ts'
import { faultyDatabase, faultyLog } from './faulty-ports.ts'
import { FileRecording, recordedFile } from './file-recording.ts'
import { openStore, type Place } from './open-store.ts'
import type { Sale } from './sales.ts'
import { booksService, mirrorService, type till, tillService } from './services.ts'
import { reportedAs, tryAgain } from './worker-words.ts'

/** What one process does in its life. */
export interface WorkerPlan {
  readonly directory: string
  readonly place: Place
  /** The process's name, with the number of its life: `books-1#2`. */
  readonly name: string
  readonly role: Role
  readonly sales: readonly Sale[]
  readonly fault: FaultPlan | null
}

const plan = JSON.parse(process.argv[2] ?? '') as WorkerPlan
const faults = new FaultSwitch(plan.fault)
const say = (line: string): void => void writeSync(1, `${line}\n`)
const logger = {
  info: () => {},
  warn: (message: string, facts?: object) => say(`warning ${message} ${inspect(facts, { breakLength: Infinity })}`),
  error: (message: string, facts?: object) => say(`error ${message} ${inspect(facts, { breakLength: Infinity })}`),
}

const recording = new FileRecording(join(plan.directory, `${plan.name}${recordedFile}`))
recording.record({ kind: 'fault', process: plan.name, fault: 'started' })

/** Its transactions and handlers are recorded, and its process may die at each of them. */
function prepared<S extends Service>(service: S): S {
  const { database } = service
  if (database === undefined) throw new TypeError(`${service.contract.name} has no database.`)
  const recorded = recordedDatabase(database, plan.name, recording)
  return { ...recordedService(service, plan.name, recording), database: faultyDatabase(recorded, faults) }
}

const store = await openStore(plan.place, faults, (broken) => say(`${reportedAs}${broken}`))
const tillOnly = [prepared(tillService(store.till, store.leaseMs, faults))] as const
const readers = [prepared(booksService(store.books, store.leaseMs, faults)), prepared(mirrorService(store.mirror, store.leaseMs))]
const system = createSystem({
  // The types are those of the till, which is the only one called here.
  services: plan.role === 'till' ? tillOnly : (readers as unknown as typeof tillOnly),
  directory: plan.directory,
  eventStore: faultyLog(recordedLog(store.log, plan.name, recording), faults),
  runtime: { ...systemRuntime, logger },
})
process.on('SIGTERM', () => void system.stop())
try {
  await system.start()
} catch (error) {
  // Whoever runs processes starts this one again.
  if (!(error instanceof TidingsError && error.retryable)) throw error
  say(`did not start: ${error.message}`)
  process.exit(tryAgain)
}
say('started')
if (plan.role === 'till') {
  await sellAll()
  say('sold')
}

async function sellAll(): Promise<void> {
  const client = system.call('till')
  let next = 0
  const one = async (): Promise<void> => {
    for (let sale = plan.sales[next++]; sale !== undefined; sale = plan.sales[next++]) await sellUntilAnswered(client, sale)
  }
  await Promise.all(Array.from({ length: store.inFlight }, one))
}

async function sellUntilAnswered(client: Client<typeof till>, sale: Sale): Promise<void> {
  for (;;) {
    try {
      // The same key after a restart: what has taken effect is only answered again.
      await client.sell(sale, { idempotencyKey: sale.saleId })
      return
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
      if (code === 'SYSTEM_NOT_RUNNING' || code === 'STORE_CLOSED') return
      say(`retry ${String(code)}`)
      await systemRuntime.clock.sleep(20)
    }
  }
}
