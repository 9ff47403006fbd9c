import type { EventLog } from '@tidings/core'
import { eventAt } from './orders.ts'

/** Appends orders until the log holds that many. */
export async function fillLog(log: EventLog, events: number): Promise<void> {
  for (let from = await log.sealed(); from < events; from += 1_000) {
    await log.append(Array.from({ length: Math.min(1_000, events - from) }, (_, i) => eventAt(from + i)))
  }
}
