import {
  type ConsumerOptions,
  defineContract,
  defineEvent,
  type EventLog,
  type Runtime,
  type Service,
  type ServiceDatabase,
} from '@tidings/core'
import { createSystem, publisher, type System } from '@tidings/event-store'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { recordingRuntime } from './notes.ts'

export const Ticked = defineEvent('clocks.ticked', {
  version: 1,
  schema: z.object({ clock: z.string(), count: z.number() }),
  key: (tick) => tick.clock,
})
export const clocks = defineContract('clocks', { events: { Ticked } })
export const walls = defineContract('walls', {})

/** Retries that cost a test no time. */
export const impatient: ConsumerOptions = { retry: { attempts: 2, baseMs: 1, maxMs: 2 } }

/** Starts services on memory; stopped at the latest when the test has finished. */
export async function runOnMemory(
  services: readonly Service[],
  eventStore: EventLog = memoryEventLog(),
  runtime: Runtime = recordingRuntime().runtime,
): Promise<System> {
  const databases = Object.fromEntries(services.map(({ contract, database }) => [contract.name, database ?? (memory() as ServiceDatabase)]))
  // A system closes what it was given, and others may share this log.
  const shared: EventLog = { ...methodsOf(eventStore), close: async () => {} }
  const system = createSystem({ services, eventStore: shared, runtime, databases })
  onTestFinished(() => system.stop())
  await system.start()
  return system
}

function methodsOf(log: EventLog): EventLog {
  return {
    capabilities: log.capabilities,
    location: log.location,
    exists: () => log.exists(),
    identity: () => log.identity(),
    append: (events) => log.append(events),
    read: (query) => log.read(query),
    sealed: () => log.sealed(),
    onAdvance: (ring) => log.onAdvance(ring),
    close: () => log.close(),
  }
}

/** Puts ticks into the log, by the clock's name. */
export async function tick(log: EventLog, ...names: readonly string[]): Promise<void> {
  const { publish } = publisher(clocks, log)
  for (const [i, clock] of names.entries()) await publish('Ticked', { clock, count: i + 1 })
}
