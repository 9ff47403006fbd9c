import { AppendOutcomeUnknown, type EventLog, type NewEvent, type Position, StoreUnavailable } from '@tidings/core'
import { seenOf } from '../history/seen-of.ts'
import type { Recorder } from './recorder.ts'
import type { SimulatedProcess } from './simulated-process.ts'

const store = 'the simulated log'

/** A log as one logical process sees it: answers come late or are lost, appends are repeated, rings are dropped. */
export function simulatedLog(log: EventLog, process: SimulatedProcess, recorder: Recorder): EventLog {
  const { name } = process
  const unavailable = (): boolean => process.happens(process.weather.rates.unavailable)
  const append = async (events: readonly NewEvent[], isUnknown: boolean): Promise<readonly Position[]> => {
    const ids = events.map(({ id }) => id)
    recorder.record({ kind: 'append', process: name, ids })
    try {
      const positions = await log.append(events)
      recorder.record({ kind: 'appended', process: name, ids, outcome: isUnknown ? 'unknown' : 'ok', positions })
      return positions
    } catch (error) {
      const outcome = error instanceof AppendOutcomeUnknown ? 'unknown' : 'failed'
      recorder.record({ kind: 'appended', process: name, ids, outcome, positions: [] })
      throw error
    }
  }
  return {
    capabilities: log.capabilities,
    identity: async () => {
      await process.gate()
      return log.identity()
    },
    append: async (events) => {
      await process.gate()
      if (unavailable()) throw new StoreUnavailable({ store, reason: 'the simulation says so' })
      const { rates } = process.weather
      const [isRepeated, isUnknown] = [process.happens(rates.repeat), process.happens(rates.unknown)]
      let positions = await append(events, isUnknown)
      if (isRepeated) positions = await append(events, isUnknown)
      await process.gate()
      if (isUnknown) throw new AppendOutcomeUnknown({ store })
      return positions
    },
    read: async (query) => {
      await process.gate()
      if (unavailable()) throw new StoreUnavailable({ store, reason: 'the simulation says so' })
      const result = await log.read(query)
      if (result.events.length > 0) recorder.record({ kind: 'read', process: name, events: result.events.map(seenOf) })
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
