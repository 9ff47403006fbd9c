import { AppendOutcomeUnknown, type EventLog, StoreUnavailable } from '@tidings/core'
import type { SimulatedProcess } from './simulated-process.ts'

const store = 'the simulated log'

/** A log as one logical process sees it: answers come late or are lost, appends are repeated, rings are dropped. */
export function simulatedLog(log: EventLog, process: SimulatedProcess): EventLog {
  const unavailable = (): void => {
    if (process.happens(process.weather.rates.unavailable)) throw new StoreUnavailable({ store, reason: 'the simulation says so' })
  }
  return {
    capabilities: log.capabilities,
    identity: async () => {
      await process.gate()
      return log.identity()
    },
    append: async (events) => {
      await process.gate()
      unavailable()
      const { rates } = process.weather
      const positions = await log.append(events)
      if (process.happens(rates.repeat)) await log.append(events)
      await process.gate()
      if (process.happens(rates.unknown)) throw new AppendOutcomeUnknown({ store })
      return positions
    },
    read: async (query) => {
      await process.gate()
      unavailable()
      const result = await log.read(query)
      await process.gate()
      return result
    },
    sealed: async () => {
      await process.gate()
      return log.sealed()
    },
    onAdvance: (ring) =>
      log.onAdvance(() => {
        if (process.isCrashed || process.happens(process.weather.rates.lostRing)) return
        void process.runtime.clock.sleep(process.next() * 10).then(ring)
        if (process.happens(process.weather.rates.repeat)) void process.runtime.clock.sleep(process.next() * 50).then(ring)
      }),
    close: () => log.close(),
  }
}
