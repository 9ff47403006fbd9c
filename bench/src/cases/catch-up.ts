import { defineContract, defineService, type EventLog, type Service } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { readBare } from '../bare-log.ts'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { fillLog } from '../fill-log.ts'
import { OrderPlaced } from '../orders.ts'
import { silentRuntime } from '../silent-runtime.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'

const readers = defineContract('readers', {})
/** Reacts to every order and does nothing. */
export const idle = defineService(readers)
  .on(OrderPlaced, async () => {}, { from: 'beginning' })
  .implement({})

/** A consumer whose handler does nothing works off the whole log, checkpoints on. */
export function catchUp(events: number): Comparison {
  return {
    name: 'catch-up, handlers that do nothing, checkpoints on',
    against: 'bare SELECT … ORDER BY position with JSON decoded',
    atLeast: 0.6,
    open: () => open(events),
  }
}

async function open(events: number): Promise<Sides> {
  const directory = new TemporaryDirectory()
  const file = directory.file('log.db')
  const log = sqliteEventLog({ file })
  await fillLog(log, events)
  await log.close()
  return {
    ours: () => catchUpOnce(idle, sqliteEventLog({ file }), events, directory.file('service')),
    baseline: () =>
      perSecond(events, () => {
        if (readBare(file) !== events) throw new Error('The baseline has not read every event.')
      }),
    close: async () => directory.remove(),
  }
}

/** Starts a service with an empty database and waits until it has worked off the log. @returns Events per second. */
export async function catchUpOnce(service: Service, eventStore: EventLog, events: number, directory?: string): Promise<number> {
  const where = directory === undefined ? {} : { directory }
  const system = createSystem({ services: [service], eventStore, runtime: silentRuntime, ...where })
  try {
    return await perSecond(events, async () => {
      await system.start()
      await system.consumer(service.contract.name).reached(events, { timeoutMs: 3_600_000 })
    })
  } finally {
    await system.stop()
  }
}
