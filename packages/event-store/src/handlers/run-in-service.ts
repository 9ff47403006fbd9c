import { HandlerTimedOut, newId } from '@tidings/core'
import { runTransaction } from '../ledger/run-transaction.ts'
import { type Staged, stageEvents } from '../outbox/stage-events.ts'
import { createContext } from './create-context.ts'
import type { HandlerHost } from './handler-host.ts'
import { HandlerScope, type Origin } from './handler-scope.ts'
import { settleWithin } from './settle-within.ts'

/** Runs work of the program itself under a handler's rules: one transaction, its events, the service's boundary. */
export async function runInService<R>(
  host: HandlerHost,
  work: (ctx: object) => Promise<R>,
  timeoutMs: number,
  handler = `system.in(${host.service.contract.name})`,
): Promise<R> {
  const { ledger, runtime, relay } = host
  const id = newId(runtime)
  let staged: readonly Staged[] = []
  const result = await runTransaction(ledger, runtime, async (tx) => {
    const principal = { id: 'system', scopes: new Set<string>() }
    const origin: Origin = { handler, key: id, correlationId: id, causationId: undefined, traceparent: undefined, principal }
    const scope = new HandlerScope(() => origin, { mode: 'write', tx }, { until: runtime.clock.monotonic() + timeoutMs })
    try {
      const value = await settleWithin(
        runtime.clock,
        timeoutMs,
        (async () => work(createContext(host, scope)))(),
        () => new HandlerTimedOut({ handler, timeoutMs }),
      )
      scope.finish()
      staged = await stageEvents(tx, scope.staged, runtime)
      return value
    } catch (error) {
      scope.finish(error)
      throw error
    }
  })
  relay.handOver(staged)
  return result
}
