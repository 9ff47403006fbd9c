import type { AnyEventType } from '../contracts/define-event.ts'
import { settle, violationOf } from '../contracts/schema.ts'
import { newId } from '../envelope/new-id.ts'
import { DefinitionInvalid } from '../errors/contract-errors.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Transport, TransportMessage } from '../ports/transport.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { Channel } from './channel.ts'
import { refuseUnlessJson } from './data-copier.ts'
import type { EventBus } from './event-bus.ts'
import { readBody, writeBody } from './message-body.ts'
import type { Subscriber } from './view.ts'

/** What an event bus is made of. */
export interface EventBusOptions {
  /** Carries events to other processes. @default none: events stay in this process */
  readonly transport?: Transport
  /** Clock and random source for the bus's own id, and the logger. @default the real machine */
  readonly runtime?: Runtime
  /** Gets every error of a subscriber, and every message of the transport that is no event. @default logged */
  readonly onError?: (error: unknown, about: { readonly event: string }) => void
}

const delivered = Promise.resolve()

/** Typed publish and subscribe without a store, at most once. What must not be missed belongs into the event log. */
export function createEventBus(options: EventBusOptions = {}): EventBus {
  const { transport, runtime = systemRuntime } = options
  const origin = newId(runtime)
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

  function channelOf(event: AnyEventType): Channel {
    const known = channels.get(event.name)
    if (known !== undefined) {
      if (known.event.version !== event.version) throw twoVersions(known.event, event)
      return known
    }
    const channel: Channel = new Channel(
      event,
      (error) => report(event.name, error),
      () => transport?.subscribe(event.name, (message) => void receive(channel, message)),
    )
    channels.set(event.name, channel)
    return channel
  }

  function deliver(event: AnyEventType, given: unknown, parsed: unknown): Promise<void> {
    const channel = channelOf(event)
    if (transport === undefined) {
      channel.deliver(given, parsed)
      return delivered
    }
    refuseUnlessJson(parsed, event.name)
    // Written before anybody is called, so that what goes out is what was published.
    const body = writeBody({ origin, version: event.version, data: parsed })
    channel.deliver(given, parsed)
    return transport.publish({ topic: event.name, body })
  }

  async function receive(channel: Channel, message: TransportMessage): Promise<void> {
    try {
      const data = await readBody(message.body, channel.event, origin)
      if (data !== undefined) channel.deliver(data, data)
    } catch (error) {
      report(channel.event.name, error)
    }
  }

  return {
    publish(event, data) {
      try {
        const result = event.schema['~standard'].validate(data)
        // As parseNow does it, without the text for an error that hardly ever comes. A promise has no value yet.
        if ('value' in result && result.issues === undefined) return deliver(event, data, result.value)
        return Promise.resolve(settle(result, `data of ${event.name}`)).then((parsed) => deliver(event, data, parsed))
      } catch (error) {
        return Promise.reject(violationOf(error, `data of ${event.name}`))
      }
    },

    subscribe(event, handler) {
      const channel = channelOf(event)
      // Each subscription is one of its own, even of a handler that is subscribed already.
      const own: Subscriber = { handler: handler as Subscriber['handler'] }
      channel.add(event, own)
      return { [Symbol.dispose]: () => channel.remove(event, own) }
    },

    [Symbol.dispose]() {
      for (const channel of channels.values()) channel.clear()
    },
  }
}

/** Its subscribers would get data of a version that they do not know, or miss it in silence. */
function twoVersions(known: AnyEventType, event: AnyEventType): DefinitionInvalid {
  return new DefinitionInvalid({
    subject: `use of ${event.name} on this bus`,
    reason: `versions ${known.version} and ${event.version} of it are used in one process`,
    remedy: 'Use the newest version for both; upcast steps lead to it.',
  })
}
