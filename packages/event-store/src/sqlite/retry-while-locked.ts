import type { Runtime } from '@tidings/core'
import { isLocked } from './map-error.ts'

/**
 * Runs the work, again while another process holds a lock: with short random waits that leave the event loop free.
 *
 * @throws SQLite's own error once `timeoutMs` have passed.
 */
export async function retryWhileLocked<R>(runtime: Runtime, timeoutMs: number, work: () => R, signal?: AbortSignal): Promise<R> {
  const until = runtime.clock.monotonic() + timeoutMs
  for (let longestMs = 1; ; longestMs = Math.min(longestMs * 2, 16)) {
    signal?.throwIfAborted()
    try {
      return work()
    } catch (error) {
      if (!isLocked(error) || runtime.clock.monotonic() >= until) throw error
    }
    await runtime.clock.sleep(runtime.random.next() * longestMs, signal)
  }
}
