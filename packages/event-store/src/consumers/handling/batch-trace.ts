import { isTracing, type StoredEvent, type WorkSpan } from '@tidings/core'
import { batchSpan, processSpan } from '../../telemetry/event-spans.ts'
import type { SpanOf } from './apply-events.ts'
import { failureTypeOf } from './failure-type.ts'

/**
 * The spans of one batch: one for the transaction, and for each event one in its own trace. A single event has one for both.
 * They end when the transaction has, so that what was rolled back is told as that.
 */
export class BatchTrace {
  /** That of the transaction. */
  readonly span: WorkSpan
  readonly #consumer: string
  readonly #isSingle: boolean
  #ran: { readonly span: WorkSpan; endedAt: number | undefined }[] = []

  /** Undefined where nothing is traced. */
  static of(consumer: string, events: readonly StoredEvent[]): BatchTrace | undefined {
    return isTracing() ? new BatchTrace(consumer, events) : undefined
  }

  private constructor(consumer: string, events: readonly StoredEvent[]) {
    const [first] = events
    this.#consumer = consumer
    this.#isSingle = events.length === 1
    this.span = this.#isSingle && first !== undefined ? processSpan(consumer, first) : batchSpan(consumer, events)
  }

  readonly spanOf: SpanOf = (event) => {
    if (this.#isSingle) return this.span
    this.#endLast()
    const span = processSpan(this.#consumer, event)
    this.#ran.push({ span, endedAt: undefined })
    return span
  }

  /** Says that the transaction begins, once more where it met another one. */
  begin(): void {
    this.#end((span) => span.fail('TRANSACTION_CONFLICT'))
  }

  /** Says that the transaction has committed, for so many events. */
  committed(count: number): void {
    if (!this.#isSingle) this.span.set({ 'messaging.batch.message_count': count })
    this.#end(() => {})
    this.span.end()
  }

  /** Says that nothing of the transaction took effect. */
  rolledBack(error: unknown): void {
    this.#end((span) => span.fail(failureTypeOf(error)))
    this.span.fail(failureTypeOf(error))
    this.span.end()
  }

  #end(last: (span: WorkSpan) => void): void {
    this.#endLast()
    for (const { span, endedAt } of this.#ran) {
      last(span)
      span.end(endedAt)
    }
    this.#ran = []
  }

  #endLast(): void {
    const running = this.#ran.at(-1)
    if (running !== undefined) running.endedAt ??= Date.now()
  }
}
