import type { Readiness } from '@tidings/core'
import type { Consumer } from '../consumers/consumer.ts'
import { describeHolder } from '../consumers/lane/describe-holder.ts'
import { describeRetry } from '../consumers/lane/retry.ts'
import { spellDuration } from '../consumers/lane/spell-duration.ts'

/** Whether the consumers can do their work, and if not, why: behind, stuck and dead are told apart. */
export function readinessOf(consumers: readonly Consumer[]): Readiness {
  const reasons: string[] = []
  const notes: string[] = []
  for (const consumer of consumers) {
    const reason = reasonOf(consumer)
    if (reason === undefined) notes.push(...notesOf(consumer))
    else reasons.push(reason)
  }
  return { ready: reasons.length === 0, reasons, notes }
}

function reasonOf({ context, status }: Consumer): string | undefined {
  const { name, stuckAfterMs } = context.config
  if (status.phase === 'stopped' || status.phase === 'superseded')
    return `${name} has stopped: ${status.error instanceof Error ? status.error.message : 'see the log'}`
  if (status.phase === 'dead') return `${name} is dead: its work ended with an error and starts again; see the log`
  const retry = status.retry === undefined ? '' : `; ${describeRetry(status.retry)}`
  if (status.trying !== undefined && status.tryingForMs > stuckAfterMs)
    return `${name} is stuck at position ${count(status.trying)}: tried for ${spellDuration(status.tryingForMs)}${retry}`
  if (status.isCaughtUp) return undefined
  if (status.target === Number.POSITIVE_INFINITY) return `${name} is starting`
  const at = `at position ${count(status.handledUpTo)} of ${count(status.target)}`
  if (status.heldBy !== undefined) return `${name} is behind: ${describeHolder(status.heldBy, context.holder)} holds the lane and is ${at}`
  return `${name} is behind: ${at}${retry}`
}

function notesOf({ context, status }: Consumer): readonly string[] {
  const { name } = context.config
  if (status.heldBy !== undefined) return [`${name} stands by: ${describeHolder(status.heldBy, context.holder)} holds the lane`]
  return status.retry === undefined ? [] : [`${name}: ${describeRetry(status.retry)}`]
}

function count(position: number): string {
  return position.toLocaleString('en')
}
