import { DefinitionInvalid } from '../errors/contract-errors.ts'
import { checkOperation } from './check-operation.ts'
import type { AnyEventType } from './define-event.ts'
import type { AnyOperation } from './define-operation.ts'

/** What one service shows to others: its events and its operations. The only thing another service imports. */
// biome-ignore lint/suspicious/noExplicitAny: the defaults stand for "whatever contract"
export interface Contract<Name extends string = string, Events = any, Operations = any> {
  readonly name: Name
  readonly events: Events
  readonly operations: Operations
}

/**
 * Declares the contract of one service.
 *
 * @param name The service's name in kebab-case. Every event's name begins with it.
 * @throws {DefinitionInvalid} The name is not usable, an event belongs to another service, or an operation is not usable.
 */
export function defineContract<
  const Name extends string,
  // biome-ignore lint/complexity/noBannedTypes: {} is "no events", as keyof sees it
  Events extends Record<string, AnyEventType> = {},
  // biome-ignore lint/complexity/noBannedTypes: {} is "no operations", as keyof sees it
  Operations extends Record<string, { readonly kind: 'query' | 'command' }> = {},
>(name: Name, parts: { events?: Events; operations?: Operations }): Contract<Name, Events, Operations> {
  const subject = `contract ${name}`
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new DefinitionInvalid({ subject, reason: 'its name is not in kebab-case', remedy: 'Name it like orders or price-lists.' })
  for (const event of Object.values(parts.events ?? {})) {
    if (event.service !== name) {
      throw new DefinitionInvalid({
        subject,
        reason: `the event ${event.name} belongs to ${event.service}`,
        remedy: `Name it ${name}.… or move it to the contract of ${event.service}.`,
      })
    }
    if (event.fields !== undefined)
      throw new DefinitionInvalid({
        subject,
        reason: `the event ${event.name} is picked`,
        remedy: 'List the event itself; pick where it is consumed.',
      })
  }
  const names = Object.values(parts.events ?? {}).map((event) => event.name)
  const repeated = names.find((event, at) => names.indexOf(event) < at)
  if (repeated !== undefined) {
    throw new DefinitionInvalid({
      subject,
      reason: `it lists ${repeated} twice`,
      remedy: 'Give each event a name of its own; of several versions list the newest.',
    })
  }
  for (const [key, operation] of Object.entries(parts.operations ?? {}) as [string, AnyOperation][]) checkOperation(name, key, operation)
  // The defaults are exactly {} where a part is missing, which the compiler cannot see through the type parameter.
  return Object.freeze({ name, events: (parts.events ?? {}) as Events, operations: (parts.operations ?? {}) as Operations })
}
