import type { AnyEventType } from '../contracts/define-event.ts'
import { MessageInvalid } from './message-invalid.ts'

/** A subscriber's handler, of whatever data. */
export type Handler = (data: unknown) => unknown

/** Subscribers who see the same fields of an event. They are called one after the other, and none notices another. */
export class View {
  private readonly event: AnyEventType
  private readonly report: (error: unknown) => void
  /** Replaced at each change, so that a delivery under way goes on with those it began with. */
  private handlers: readonly Handler[] = []

  constructor(event: AnyEventType, report: (error: unknown) => void) {
    this.event = event
    this.report = report
  }

  get empty(): boolean {
    return this.handlers.length === 0
  }

  add(handler: Handler): void {
    this.handlers = [...this.handlers, handler]
  }

  remove(handler: Handler): void {
    const at = this.handlers.indexOf(handler)
    if (at >= 0) this.handlers = this.handlers.toSpliced(at, 1)
  }

  /** Bound, for emitters. */
  readonly deliver = (data: unknown, version: number): void => {
    const { event, handlers } = this
    if (version !== event.version) {
      this.report(new MessageInvalid({ event: event.name, reason: `has version ${version}, not ${event.version} as its subscriber,` }))
      return
    }
    const seen = event.fields === undefined ? data : picked(data, event.fields)
    for (let i = 0; i < handlers.length; i++) {
      try {
        const result = handlers[i]?.(seen)
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
