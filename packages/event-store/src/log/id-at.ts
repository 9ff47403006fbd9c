import type { EventLog, Position } from '@tidings/core'

/** The id of the event at a position; undefined when the log does not reach so far, or holds none there. */
export async function idAt(log: EventLog, position: Position): Promise<string | undefined> {
  const { events } = await log.read({ after: position - 1, limit: 1 })
  const event = events[0]
  return event?.position === position ? event.id : undefined
}
