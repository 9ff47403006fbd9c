import { type EventLog, type Runtime, TidingsError } from '@tidings/core'
import { appendSpan } from '../telemetry/event-spans.ts'
import { withinSpan } from '../telemetry/within-span.ts'
import type { Refused } from './remove-staged.ts'
import type { Staged } from './stage-events.ts'

const reportEveryMs = 10_000

/** What is wrong with an event, and stays wrong. Whatever else a log throws, a damaged file too, is no fault of the events. */
const refusals = new Set(['LOG_EVENT_TOO_LARGE', 'LOG_EVENT_INVALID', 'LOG_EVENT_ID_REUSED'])

/**
 * Appends the events of the rows in their order, repeating until the log has taken each or refused it for good.
 *
 * @returns The events refused. They are left out so that their keys go on.
 */
export async function appendStaged(
  log: EventLog,
  runtime: Runtime,
  rows: readonly Staged[],
  signal: AbortSignal,
): Promise<readonly Refused[]> {
  const events = rows.flatMap(({ row }) => row.events)
  const error = await withinSpan(appendSpan(events), () => appendUntilSettled(log, runtime, events, signal))
  if (error === undefined) return []
  if (events.length === 1) return events.map((event) => ({ event, error: { code: error.code, message: error.message } }))
  // One of them is at fault: find it by going on row by row, then event by event, which keeps the order.
  const refused: Refused[] = []
  const smaller =
    rows.length > 1
      ? rows.map((row) => [row])
      : events.map((event) => rows.map(({ id, row }) => ({ id, row: { ...row, events: [event] } })))
  for (const part of smaller) refused.push(...(await appendStaged(log, runtime, part, signal)))
  return refused
}

/** Resolves with the error when the log refuses for good. Unknown outcomes and outages are repeated: ids make that harmless. */
async function appendUntilSettled(
  log: EventLog,
  runtime: Runtime,
  events: Parameters<EventLog['append']>[0],
  signal: AbortSignal,
): Promise<TidingsError | undefined> {
  let reportedAt = Number.NEGATIVE_INFINITY
  for (let attempt = 1; ; attempt++) {
    try {
      await log.append(events)
      return undefined
    } catch (error) {
      if (error instanceof TidingsError && refusals.has(error.code)) return error
      signal.throwIfAborted()
      if (runtime.clock.monotonic() - reportedAt >= reportEveryMs) {
        reportedAt = runtime.clock.monotonic()
        runtime.logger.warn(`The log does not take ${events.length} staged events; trying again until it does.`, { error })
      }
      await runtime.clock.sleep(runtime.random.next() * Math.min(50 * 2 ** Math.min(attempt, 10), 5_000), signal)
    }
  }
}
