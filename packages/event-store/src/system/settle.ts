import type { Clock, EventLog } from '@tidings/core'
import type { ServiceRuntime } from './service-runtime.ts'

/**
 * Resolves when nothing is staged and every consumer has handled what is in the log, and this held twice in a row: what a
 * handler published is waited for too.
 *
 * @throws {NotReached}
 */
export async function settle(services: readonly ServiceRuntime[], log: EventLog, clock: Clock, timeoutMs: number): Promise<void> {
  const until = clock.monotonic() + timeoutMs
  for (let before = -1; ; ) {
    for (const { host } of services) {
      await host.relay.takeOver()
      await host.relay.flushed()
    }
    const sealed = await log.sealed()
    for (const { consumer } of services) await consumer.reached(sealed, { timeoutMs: Math.max(1, until - clock.monotonic()) })
    if (sealed === before && services.every(({ host }) => host.relay.depth === 0)) return
    before = sealed
  }
}
