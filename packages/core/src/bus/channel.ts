import { EventEmitter } from 'eventemitter3'
import type { AnyEventType } from '../contracts/define-event.ts'
import { DataCopier } from './data-copier.ts'
import { type Subscriber, View } from './view.ts'

/** Everything about one event in one bus: how its data is copied, and who is subscribed. */
export class Channel {
  readonly event: AnyEventType
  readonly copier: DataCopier
  private readonly emitter = new EventEmitter<'event'>()
  /** By the names of the picked fields. */
  private readonly views = new Map<string, View>()
  private readonly report: (error: unknown) => void
  private readonly listen: () => Disposable | undefined
  private transport: Disposable | undefined

  /** @param listen Subscribes to the transport, as long as there is anybody to tell. */
  constructor(event: AnyEventType, report: (error: unknown) => void, listen: () => Disposable | undefined) {
    this.event = event
    this.copier = new DataCopier(event.name)
    this.report = report
    this.listen = listen
  }

  /** Gives the data to all subscribers. @throws {ContractViolation} Nobody got it. */
  deliver(given: unknown, parsed: unknown): void {
    this.emitter.emit('event', parsed, this.copier.check(given, parsed))
  }

  add(event: AnyEventType, subscriber: Subscriber): void {
    if (this.views.size === 0) this.transport = this.listen()
    const key = keyOf(event)
    const known = this.views.get(key)
    const view = known ?? new View(event.fields, this.report)
    view.add(subscriber)
    if (known !== undefined) return
    this.views.set(key, view)
    this.emitter.on('event', view.deliver)
  }

  remove(event: AnyEventType, subscriber: Subscriber): void {
    const view = this.views.get(keyOf(event))
    view?.remove(subscriber)
    if (!view?.empty) return
    this.views.delete(keyOf(event))
    this.emitter.off('event', view.deliver)
    if (this.views.size === 0) this.silence()
  }

  /** Ends all subscriptions. */
  clear(): void {
    this.views.clear()
    this.emitter.removeAllListeners()
    this.silence()
  }

  private silence(): void {
    this.transport?.[Symbol.dispose]()
    this.transport = undefined
  }
}

function keyOf(event: AnyEventType): string {
  return event.fields === undefined ? '*' : JSON.stringify(event.fields)
}
