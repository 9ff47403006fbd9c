// One process of a torture round. Argument: a WorkerPlan as JSON. Prints what it has done, a line at a time, before it goes on.
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, type Service, systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { recordedDatabase } from '../history/recording/recorded-database.ts'
import { recordedLog } from '../history/recording/recorded-log.ts'
import { recordedService } from '../history/recording/recorded-service.ts'
import { FileRecording } from './file-recording.ts'
import { type KillPlan, KillSwitch } from './kill-points.ts'
import { killingDatabase, killingLog } from './killing-ports.ts'
import { recordedFile } from './merge-history.ts'
import type { Sale } from './sales.ts'
import { booksService, mirrorService, type till, tillService } from './services.ts'

/** What one process does in its life. */
export interface WorkerPlan {
  readonly directory: string
  /** The process's name, with the number of its life: `books-1#2`. */
  readonly name: string
  readonly role: 'till' | 'books'
  readonly sales: readonly Sale[]
  readonly kill: KillPlan | null
  /** Says "settled" once that many events are handled and nothing is left to do; 0 for one that is never done. */
  readonly settle: number
}

const inFlight = 8
const plan = JSON.parse(process.argv[2] ?? '') as WorkerPlan
const kill = new KillSwitch(plan.kill)
const say = (line: string): void => void writeSync(1, `${line}\n`)
const logger = {
  info: () => {},
  warn: () => {},
  error: (message: string, facts?: object) => say(`error ${message} ${JSON.stringify(facts) ?? ''}`),
}

const recording = new FileRecording(join(plan.directory, `${plan.name}${recordedFile}`))
recording.record({ kind: 'fault', process: plan.name, fault: 'started' })

/** Its transactions and handlers are recorded, and its process may die at each of them. */
function prepared<S extends Service>(service: S): S {
  const { database } = service
  if (database === undefined) throw new TypeError(`${service.contract.name} has no database.`)
  const recorded = recordedDatabase(database, plan.name, recording)
  return { ...recordedService(service, plan.name, recording), database: killingDatabase(recorded, kill) }
}

const log = recordedLog(sqliteEventLog({ file: join(plan.directory, 'log.db') }), plan.name, recording)
const tillOnly = [prepared(tillService(kill))] as const
const system = createSystem({
  // The types are those of the till, which is the only one called here.
  services: plan.role === 'till' ? tillOnly : ([prepared(booksService(kill)), prepared(mirrorService())] as unknown as typeof tillOnly),
  directory: plan.directory,
  eventStore: killingLog(log, kill),
  runtime: { ...systemRuntime, logger },
})
process.on('SIGTERM', () => void system.stop())
await system.start()
say('started')
if (plan.role === 'till') {
  await sellAll()
  // What was sold is in the log once nothing is staged any more; only then the readers can know that they are done.
  await system.settled({ timeoutMs: 60_000 })
  say('sold')
} else if (plan.settle) {
  await settle()
  say('settled')
}

/** Waits until all that the tills will ever sell was handled, and what it led to. */
async function settle(): Promise<void> {
  for (let before = -1; ; ) {
    await system.settled({ timeoutMs: 60_000 })
    const { lag, handledUpTo } = await system.consumer('books' as 'till').status()
    if (lag === 0 && handledUpTo >= plan.settle && handledUpTo === before) return
    before = handledUpTo
    await systemRuntime.clock.sleep(20)
  }
}

async function sellAll(): Promise<void> {
  const client = system.call('till')
  let next = 0
  const one = async (): Promise<void> => {
    for (let sale = plan.sales[next++]; sale !== undefined; sale = plan.sales[next++]) await sellUntilAnswered(client, sale)
  }
  await Promise.all(Array.from({ length: inFlight }, one))
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
