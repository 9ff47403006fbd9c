import type { ConsumedEvent, EventType } from '../contracts/define-event.ts'

/** Typed publish and subscribe, at most once: who is not subscribed when an event is published never gets it. */
export interface EventBus extends Disposable {
  /**
   * Gives the event to everyone subscribed. Resolves when all in this process were called and, with a transport, when the
   * event was handed over to it; what subscribers make of it never reaches the publisher.
   *
   * @throws {ContractViolation} The data does not fit the event's schema, has fields that it does not know, or holds
   *   something that JSON would change. Nobody got it.
   * @throws {TidingsError} The transport refused it. Subscribers in this process have got it, others have not.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the fields a consumer would see do not matter to a publisher
  publish<In>(event: EventType<string, In, any>, data: In): Promise<void>
  /**
   * Calls the handler with each event published from now on, until disposed. The data is a copy of its own: nobody can change
   * it for another. Of a picked event the handler sees the picked fields alone. An error of the handler goes to `onError`.
   */
  subscribe<Fields>(event: ConsumedEvent<Fields>, handler: (data: Fields) => void | Promise<void>): Disposable
}
