import type { Copy } from './data-copier.ts'

/** One subscription, with a handler of whatever data. */
export interface Subscriber {
  readonly handler: (data: unknown) => unknown
}

/** Subscribers who see the same fields of an event. They are called one after the other, and none notices another. */
export class View {
  private readonly fields: readonly string[] | undefined
  private readonly report: (error: unknown) => void
  /** Replaced at each change, so that a delivery under way goes on with those it began with. */
  private subscribers: readonly Subscriber[] = []

  constructor(fields: readonly string[] | undefined, report: (error: unknown) => void) {
    this.fields = fields
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

  /** Calls each with a copy of its own. Bound, for emitters. */
  readonly deliver = (data: unknown, copy: Copy): void => {
    const { fields, subscribers } = this
    for (let i = 0; i < subscribers.length; i++) {
      try {
        const own = copy(data)
        const result = subscribers[i]?.handler(fields === undefined ? own : picked(own, fields))
        if (result !== undefined) Promise.resolve(result).then(undefined, this.report)
      } catch (error) {
        this.report(error)
      }
    }
  }
}

function picked(data: unknown, fields: readonly string[]): unknown {
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).filter(([name]) => fields.includes(name)))
}
