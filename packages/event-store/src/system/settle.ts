import type { Clock, EventLog } from '@tidings/core'
import { settleWithin } from '../handlers/settle-within.ts'
import { NotSettled } from './not-settled.ts'
import type { ServiceRuntime } from './service-runtime.ts'

/**
 * Resolves when nothing is staged and every consumer has handled what is in the log, and this held twice in a row: what a
 * handler published is waited for too.
 *
 * @throws {NotReached} @throws {NotSettled}
 */
export async function settle(services: readonly ServiceRuntime[], log: EventLog, clock: Clock, timeoutMs: number): Promise<void> {
  const since = clock.monotonic()
  for (let before = -1; ; ) {
    for (const { host } of services) {
      const { relay, service } = host
      const leftMs = Math.max(1, since + timeoutMs - clock.monotonic())
      const flushed = relay.takeOver().then(() => relay.flushed())
      await settleWithin(clock, leftMs, flushed, () => new NotSettled({ service: service.contract.name, staged: relay.depth, timeoutMs }))
    }
    const sealed = await log.sealed()
    for (const { consumer } of services) await consumer.reached(sealed, { timeoutMs, since })
    if (sealed === before && services.every(({ host }) => host.relay.depth === 0)) return
    before = sealed
  }
}
