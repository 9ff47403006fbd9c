import { HandlerTimedOut, type LedgerTransaction, newId, startSpan } from '@tidings/core'
import { runTransaction } from '../ledger/run-transaction.ts'
import { type Staged, stageEvents } from '../outbox/stage-events.ts'
import { withinSpan } from '../telemetry/within-span.ts'
import { createContext } from './create-context.ts'
import type { HandlerHost } from './handler-host.ts'
import { HandlerScope, type Origin } from './handler-scope.ts'
import { InnerPrincipal } from './inner-principal.ts'
import { settleWithin } from './settle-within.ts'

/**
 * Runs work of the program itself under a handler's rules: one transaction, its events, the service's boundary.
 *
 * @param timer The name of the timer whose work it is; missing for that of the program.
 */
export async function runInService<R>(host: HandlerHost, work: (ctx: object) => Promise<R>, timeoutMs: number, timer?: string): Promise<R> {
  const { ledger, runtime, relay } = host
  const service = host.service.contract.name as string
  const handler = timer ?? `system.in(${service})`
  const id = newId(runtime)
  // A timer belongs to nobody: what was active when it was set has long ended.
  const span = startSpan(handler, { inside: timer === undefined, attributes: { 'tidings.service': service } })
  let staged: readonly Staged[] = []
  const run = async (tx: LedgerTransaction<unknown>): Promise<R> => {
    const principal = new InnerPrincipal('system')
    const origin: Origin = { handler, key: id, correlationId: id, causationId: undefined, trace: span.trace, principal }
    const scope = new HandlerScope(() => origin, { mode: 'write', tx }, { until: runtime.clock.monotonic() + timeoutMs })
    try {
      const value = await settleWithin(
        runtime.clock,
        timeoutMs,
        span.run(async () => work(createContext(host, scope))),
        () => new HandlerTimedOut({ handler, timeoutMs }),
        host.cut,
      )
      scope.finish()
      staged = await stageEvents(tx, scope.staged, runtime)
      return value
    } catch (error) {
      scope.finish(error)
      throw error
    }
  }
  const inTransaction = (): Promise<R> => runTransaction(ledger, runtime, run, undefined, span)
  const result = await host.inHand.during(handler, () => withinSpan(span, inTransaction))
  relay.handOver(staged)
  return result
}
