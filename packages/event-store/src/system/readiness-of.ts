import type { Readiness } from '@tidings/core'
import type { Consumer } from '../consumers/consumer.ts'

/** Whether the consumers can do their work, and if not, why: behind, stuck and dead are told apart. */
export function readinessOf(consumers: readonly Consumer[]): Readiness {
  const reasons = consumers.flatMap((consumer) => {
    const reason = reasonOf(consumer)
    return reason === undefined ? [] : [reason]
  })
  return { ready: reasons.length === 0, reasons }
}

function reasonOf({ context, status }: Consumer): string | undefined {
  const { name, stuckAfterMs } = context.config
  if (status.phase === 'stopped' || status.phase === 'superseded')
    return `${name} has stopped: ${status.error instanceof Error ? status.error.message : 'see the log'}`
  if (status.phase === 'dead') return `${name} is dead: its work ended with an error and starts again; see the log`
  if (status.trying !== undefined && status.tryingForMs > stuckAfterMs) {
    return `${name} is stuck at position ${status.trying.position}: tried for ${Math.round(status.tryingForMs / 1_000)} s`
  }
  if (status.isCaughtUp) return undefined
  return `${name} is behind: at position ${status.handledUpTo} of ${status.target}`
}
