import {
  type AnyEventType,
  type Contract,
  type EventLog,
  EventNotOwned,
  type InOf,
  newId,
  type Position,
  type Runtime,
  systemRuntime,
} from '@tidings/core'
import { publishSpan } from '../telemetry/event-spans.ts'
import { withinSpan } from '../telemetry/within-span.ts'
import { prepareEvent } from './prepare-event.ts'

/** Publishes a contract's events straight to the log, for an application without a service of its own. */
export interface Publisher<C extends Contract> {
  /**
   * Resolves once the event is durable in the log, with its position.
   *
   * @param options.id A UUID: publishing again with the same id and data changes nothing and answers the first position.
   * @throws {ContractViolation} The data does not fit the event's schema. Nothing was written.
   * @throws {AppendOutcomeUnknown} Perhaps written. Repeat with the same id.
   */
  publish<K extends keyof C['events'] & string>(
    event: K,
    data: InOf<C['events'][K]>,
    options?: { readonly id?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Position>
}

/**
 * Publishes without a service: checked against the contract, straight to the log.
 *
 * @param log Where the events go.
 */
export function publisher<C extends Contract>(contract: C, log: EventLog, runtime: Runtime = systemRuntime): Publisher<C> {
  const replayable = new Set<string>()
  return {
    publish: async (name, data, options = {}) => {
      const type = Object.hasOwn(contract.events, name) ? (contract.events[name] as AnyEventType) : undefined
      if (type === undefined) throw new EventNotOwned({ event: name, service: contract.name })
      const id = options.id ?? newId(runtime)
      const span = publishSpan(type.name, {})
      const headers = options.headers === undefined ? {} : { headers: options.headers }
      const by = { service: contract.name, correlationId: id, trace: span.trace, ...headers }
      return withinSpan(span, async () => {
        const event = await prepareEvent(type, data, by, runtime, replayable, id)
        const [position] = await log.append([event])
        if (position === undefined) throw new TypeError('The log answered an append of one event without a position.')
        return position
      })
    },
  }
}
