import { isTracing, type StoredEvent, type WorkSpan } from '@tidings/core'
import { processSpan } from '../../telemetry/event-spans.ts'
import { withinSpan } from '../../telemetry/within-span.ts'
import type { LaneContext } from '../lane/lane-context.ts'
import { failureTypeOf } from './failure-type.ts'

/** Runs one attempt at an event in a span of its own, which covers its transactions; without one where nothing is traced. */
export function runTraced<R>(
  context: LaneContext,
  event: StoredEvent,
  attempt: number,
  work: (span: WorkSpan | undefined) => Promise<R>,
): Promise<R> {
  if (!isTracing()) return work(undefined)
  const span = processSpan(context.config.name, event, attempt)
  return withinSpan(span, () => work(span), failureTypeOf)
}
