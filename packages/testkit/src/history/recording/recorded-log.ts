import { AppendOutcomeUnknown, type EventLog } from '@tidings/core'
import { seenOf } from '../seen-of.ts'
import type { Recording } from './recording.ts'

/** A log, with every append and read of one process recorded. */
export function recordedLog(log: EventLog, process: string, recording: Recording): EventLog {
  return {
    capabilities: log.capabilities,
    location: log.location,
    exists: () => log.exists(),
    identity: () => log.identity(),
    append: async (events) => {
      const ids = events.map(({ id }) => id)
      recording.record({ kind: 'append', process, ids })
      try {
        const positions = await log.append(events)
        recording.record({ kind: 'appended', process, ids, outcome: 'ok', positions })
        return positions
      } catch (error) {
        const outcome = error instanceof AppendOutcomeUnknown ? 'unknown' : 'failed'
        recording.record({ kind: 'appended', process, ids, outcome, positions: [] })
        throw error
      }
    },
    read: async (query) => {
      const result = await log.read(query)
      if (result.events.length > 0) recording.record({ kind: 'read', process, events: result.events.map(seenOf) })
      return result
    },
    sealed: () => log.sealed(),
    onAdvance: (ring) => log.onAdvance(ring),
    close: () => log.close(),
  }
}
