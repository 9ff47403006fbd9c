import { AppendOutcomeUnknown, type EventLog, StoreUnavailable } from '@tidings/core'
import type { SimulatedProcess } from './simulated-process.ts'

const store = 'the simulated log'

/** A log as one logical process sees it: answers come late or are lost, appends are repeated at once or later, rings are dropped. */
export function simulatedLog(log: EventLog, process: SimulatedProcess): EventLog {
  const { clock } = process.runtime
  const unavailable = (): void => {
    if (process.happens(process.weather.rates.unavailable)) throw new StoreUnavailable({ store, reason: 'the simulation says so' })
  }
  return {
    capabilities: log.capabilities,
    location: log.location,
    exists: async () => {
      await process.gate()
      unavailable()
      return log.exists()
    },
    identity: async () => {
      await process.gate()
      unavailable()
      return log.identity()
    },
    append: async (events) => {
      await process.gate()
      unavailable()
      const { rates } = process.weather
      // A request that never arrives, and an answer that never does, look the same from here.
      if (process.happens(rates.unknown)) throw new AppendOutcomeUnknown({ store })
      const positions = await log.append(events)
      // A network that keeps a request may deliver it once more, when others have come in between.
      if (process.happens(rates.repeat)) void clock.sleep(process.next() * 50).then(() => log.append(events).catch(ignore))
      await process.gate()
      if (process.happens(rates.unknown)) throw new AppendOutcomeUnknown({ store })
      return positions
    },
    read: async (query) => {
      await process.gate()
      unavailable()
      const result = await log.read(query)
      await process.gate()
      unavailable()
      return result
    },
    sealed: async () => {
      await process.gate()
      unavailable()
      const sealed = await log.sealed()
      await process.gate()
      return sealed
    },
    onAdvance: (ring) =>
      log.onAdvance(() => {
        if (process.isCrashed || process.happens(process.weather.rates.lostRing)) return
        void clock.sleep(process.next() * 10).then(ring)
        if (process.happens(process.weather.rates.repeat)) void clock.sleep(process.next() * 50).then(ring)
      }),
    close: () => log.close(),
  }
}

function ignore(): void {}
