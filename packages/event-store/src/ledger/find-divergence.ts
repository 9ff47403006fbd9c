import type { EventLog } from '@tidings/core'
import { idAt } from '../log/id-at.ts'
import type { LaneRow } from './tables.ts'

/** How a checkpoint does not fit a log, as the rest of a sentence that begins with the service; undefined where it does. */
export async function findDivergence(lane: LaneRow, log: EventLog, logId: string): Promise<string | undefined> {
  const { position, eventId } = lane
  if (lane.logId !== logId) return describeOtherLog(lane.logId, position, `this is log ${logId}`)
  if (position === 0) return undefined
  const sealed = await log.sealed()
  if (sealed < position) return `has its checkpoint at position ${position}, but the log ends at ${sealed}`
  const found = await idAt(log, position)
  if (found === eventId) return undefined
  return `has handled event ${eventId} at position ${position}, but the log holds ${found === undefined ? 'none' : `event ${found}`} there`
}

/** That a service belongs to another log than the one here, as the rest of a sentence. */
export function describeOtherLog(logId: string, position: number, here: string): string {
  return `${position === 0 ? 'belongs to' : `has its checkpoint at position ${position} of`} log ${logId}, but ${here}`
}
