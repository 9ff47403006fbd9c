import { EventEmitter } from 'eventemitter3'
import type { AnyEventType } from '../contracts/define-event.ts'
import { settle, violationOf } from '../contracts/schema.ts'
import { newId } from '../envelope/new-id.ts'
import { DefinitionInvalid } from '../errors/contract-errors.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Transport, TransportMessage } from '../ports/transport.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { EventBus } from './event-bus.ts'
import { readBody, writeBody } from './message-body.ts'
import { refuseUnlessJson, sealData } from './seal-data.ts'
import { type Subscriber, View } from './view.ts'

/** What an event bus is made of. */
export interface EventBusOptions {
  /** Carries events to other processes. @default none: events stay in this process */
  readonly transport?: Transport
  /** Clock and random source for the bus's own id, and the logger. @default the real machine */
  readonly runtime?: Runtime
  /** Gets every error of a subscriber, and every message of the transport that is no event. @default logged */
  readonly onError?: (error: unknown, about: { readonly event: string }) => void
}

/** The subscribers to one event. */
interface Channel {
  readonly event: AnyEventType
  /** By the names of the picked fields. */
  readonly views: Map<string, View>
  readonly transport: Disposable | undefined
}

const delivered = Promise.resolve()

/** Typed publish and subscribe without a store, at most once. What must not be missed belongs into the event log. */
export function createEventBus(options: EventBusOptions = {}): EventBus {
  const { transport, runtime = systemRuntime } = options
  const origin = newId(runtime)
  const emitter = new EventEmitter<string>()
  const channels = new Map<string, Channel>()

  function report(event: string, error: unknown): void {
    const failed = (second: unknown): void =>
      runtime.logger.error(`The error handler of the event bus failed at ${event}`, { error: second })
    if (options.onError === undefined) {
      runtime.logger.error(`A subscriber to ${event} failed`, { error })
      return
    }
    try {
      // It may be asynchronous all the same, and must not do what a subscriber must not.
      Promise.resolve(options.onError(error, { event }) as unknown).then(undefined, failed)
    } catch (second) {
      failed(second)
    }
  }

  function deliver(event: AnyEventType, given: unknown, parsed: unknown): Promise<void> {
    if (transport !== undefined) refuseUnlessJson(parsed, event.name)
    const data = sealData(given, parsed, event.name)
    emitter.emit(event.name, data, event.version)
    if (transport === undefined) return delivered
    return transport.publish({ topic: event.name, body: writeBody({ origin, version: event.version, data }) })
  }

  function receive(event: AnyEventType, message: TransportMessage): void {
    readBody(message.body, event, origin).then(
      (data) => data === undefined || emitter.emit(event.name, data, event.version),
      (error: unknown) => report(event.name, error),
    )
  }

  function channelOf(event: AnyEventType): Channel {
    const known = channels.get(event.name)
    if (known !== undefined && known.event.version !== event.version) {
      throw new DefinitionInvalid({
        subject: `subscription to ${event.name}`,
        reason: `versions ${known.event.version} and ${event.version} of it are used in one process`,
        remedy: 'Subscribe to the newest version; upcast steps lead to it.',
      })
    }
    const channel = known ?? { event, views: new Map(), transport: transport?.subscribe(event.name, (message) => receive(event, message)) }
    channels.set(event.name, channel)
    return channel
  }

  function viewOf(channel: Channel, event: AnyEventType): View {
    const key = event.fields === undefined ? '*' : JSON.stringify(event.fields)
    const view = channel.views.get(key) ?? new View(event, (error) => report(event.name, error))
    if (!channel.views.has(key)) emitter.on(event.name, view.deliver)
    channel.views.set(key, view)
    return view
  }

  function leave(channel: Channel, event: AnyEventType, view: View, subscriber: Subscriber): void {
    view.remove(subscriber)
    if (!view.empty || channels.get(event.name) !== channel) return
    emitter.off(event.name, view.deliver)
    for (const [key, other] of channel.views) if (other === view) channel.views.delete(key)
    if (channel.views.size > 0) return
    channel.transport?.[Symbol.dispose]()
    channels.delete(event.name)
  }

  return {
    publish(event, data) {
      try {
        // As parseNow does it, without the text for an error that hardly ever comes.
        const result = event.schema['~standard'].validate(data)
        if (!(result instanceof Promise) && result.issues === undefined) return deliver(event, data, result.value)
        return Promise.resolve(settle(result, `data of ${event.name}`)).then((parsed) => deliver(event, data, parsed))
      } catch (error) {
        return Promise.reject(violationOf(error, `data of ${event.name}`))
      }
    },

    subscribe(event, handler) {
      const channel = channelOf(event)
      const view = viewOf(channel, event)
      // Each subscription is one of its own, even of a handler that is subscribed already.
      const own: Subscriber = { handler: handler as Subscriber['handler'] }
      view.add(own)
      let left = false
      return {
        [Symbol.dispose]() {
          if (left) return
          left = true
          leave(channel, event, view, own)
        },
      }
    },

    [Symbol.dispose]() {
      for (const channel of channels.values()) channel.transport?.[Symbol.dispose]()
      channels.clear()
      emitter.removeAllListeners()
    },
  }
}
