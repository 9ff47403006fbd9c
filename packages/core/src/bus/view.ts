import type { AnyEventType } from '../contracts/define-event.ts'
import { MessageInvalid } from './message-invalid.ts'

/** One subscription, with a handler of whatever data. */
export interface Subscriber {
  readonly handler: (data: unknown) => unknown
}

/** Subscribers who see the same fields of an event. They are called one after the other, and none notices another. */
export class View {
  private readonly event: AnyEventType
  private readonly report: (error: unknown) => void
  /** Replaced at each change, so that a delivery under way goes on with those it began with. */
  private subscribers: readonly Subscriber[] = []

  constructor(event: AnyEventType, report: (error: unknown) => void) {
    this.event = event
    this.report = report
  }

  get empty(): boolean {
    return this.subscribers.length === 0
  }

  add(subscriber: Subscriber): void {
    this.subscribers = [...this.subscribers, subscriber]
  }

  remove(subscriber: Subscriber): void {
    this.subscribers = this.subscribers.filter((other) => other !== subscriber)
  }

  /** Bound, for emitters. */
  readonly deliver = (data: unknown, version: number): void => {
    const { event, subscribers } = this
    if (version !== event.version) {
      this.report(new MessageInvalid({ event: event.name, reason: `has version ${version}, not ${event.version} as its subscriber,` }))
      return
    }
    const seen = event.fields === undefined ? data : picked(data, event.fields)
    for (const { handler } of subscribers) {
      try {
        const result = handler(seen)
        if (result !== undefined) Promise.resolve(result).then(undefined, this.report)
      } catch (error) {
        this.report(error)
      }
    }
  }
}

function picked(data: unknown, fields: readonly string[]): unknown {
  if (typeof data !== 'object' || data === null) return data
  return Object.freeze(
    Object.fromEntries(
      fields.filter((field) => Object.hasOwn(data, field)).map((field) => [field, (data as Record<string, unknown>)[field]]),
    ),
  )
}
