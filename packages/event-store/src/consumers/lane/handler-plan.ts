import { type AnyEventType, type CopyWrite, DefinitionInvalid, type Reaction, type Service } from '@tidings/core'
import { type CopyDefinition, copyDefinitions, writeDefinition } from '../../copies/copy-definition.ts'

/** A handler that keeps its own progress: a reaction or a hand-written copy. */
export type TrackedHandler = Reaction | CopyWrite

/** What a service does with one type of event, in this order: library copies, hand-written copies, reactions. */
interface TypePlan {
  readonly type: AnyEventType
  readonly copies: readonly CopyDefinition[]
  readonly handlers: readonly TrackedHandler[]
}

/** What a service does with the events it wants. */
export interface HandlerPlan {
  readonly types: ReadonlyMap<string, TypePlan>
  readonly copies: readonly CopyDefinition[]
  readonly handlers: readonly TrackedHandler[]
}

/** @throws {DefinitionInvalid} One event is wanted in two versions. */
export function handlerPlan(service: Service): HandlerPlan {
  const copies = copyDefinitions(service)
  const tracked = service.subscriptions.filter((subscription) => subscription.kind === 'copy-write' || subscription.kind === 'reaction')
  const handlers = [...tracked.filter((one) => one.kind === 'copy-write'), ...tracked.filter((one) => one.kind === 'reaction')]
  const types = new Map<string, TypePlan>()
  for (const { event } of service.subscriptions) {
    const known = types.get(event.name)
    if (known !== undefined && known.type.version !== event.version) {
      throw new DefinitionInvalid({
        subject: `service ${service.contract.name}`,
        reason: `it wants ${event.name} in versions ${known.type.version} and ${event.version}`,
        remedy: 'Use one definition of the event.',
      })
    }
    if (known !== undefined) continue
    types.set(event.name, {
      type: event,
      copies: copies.filter(({ feeds, removals }) => [...feeds, ...removals].some(({ name }) => name === event.name)),
      handlers: handlers.filter((handler) => handler.event.name === event.name),
    })
  }
  return { types, copies, handlers }
}

/** What a tracked handler declares: a hand-written copy that declares something else is written anew. */
export function definitionOf(handler: TrackedHandler): string {
  return handler.kind === 'copy-write' ? writeDefinition(handler.event) : ''
}
