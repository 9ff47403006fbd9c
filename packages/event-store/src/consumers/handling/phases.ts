import type { StoredEvent } from '@tidings/core'
import type { LaneContext } from '../lane/lane-context.ts'
import type { Selection } from './apply-events.ts'
import type { Pass } from './pass.ts'

/** Reactions of a service that uses others may call them before they write, so no transaction may be open for them. */
export function mayCall(context: LaneContext, event: StoredEvent, pass: Pick<Pass, 'selection'>): boolean {
  if (Object.keys(context.host.service.uses).length === 0) return false
  return (context.plan.types.get(event.type)?.handlers ?? []).some(
    (handler) => handler.kind === 'reaction' && pass.selection.runs(handler.name, event.position),
  )
}

/** Where a reaction may call, copies go first, in a transaction of their own: they are idempotent, and the reaction sees them. */
export function phasesOf(context: LaneContext, event: StoredEvent, pass: Pick<Pass, 'selection'>): readonly Selection[] {
  const plan = context.plan.types.get(event.type)
  if (plan === undefined || !mayCall(context, event, pass)) return [pass.selection]
  const reactions: Selection = {
    ...pass.selection,
    feeds: () => false,
    runs: (name, position) => isReaction(name) && pass.selection.runs(name, position),
  }
  if (!plan.copies.some(({ name }) => pass.selection.feeds(name)) && !plan.handlers.some(({ kind }) => kind === 'copy-write'))
    return [reactions]
  return [{ ...pass.selection, runs: (name, position) => !isReaction(name) && pass.selection.runs(name, position) }, reactions]

  function isReaction(name: string): boolean {
    return plan?.handlers.some((handler) => handler.name === name && handler.kind === 'reaction') === true
  }
}
