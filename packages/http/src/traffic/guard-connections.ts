import type { Runtime } from '@tidings/core'
import type { FastifyInstance } from 'fastify'
import type { InFlight } from './in-flight.ts'

/** How often it looks for clients that do not take their answers, in milliseconds. */
const lookMs = 1_000

/** Bounds what clients can hold by connecting and doing nothing more. */
export interface ConnectionLimits {
  readonly maxConnections: number
  readonly sendTimeoutMs: number
}

/**
 * Holds a server to its limits until the signal is aborted: where connections become too many, those that wait for their next
 * request give way; whoever does not take an answer in time is cut off.
 */
export function guardConnections(
  app: FastifyInstance,
  inFlight: InFlight,
  { maxConnections, sendTimeoutMs }: ConnectionLimits,
  clock: Runtime['clock'],
  signal: AbortSignal,
): void {
  app.server.maxConnections = maxConnections
  app.server.on('drop', () => app.server.closeIdleConnections())
  void cutOffSlowReaders(inFlight, sendTimeoutMs, clock, signal)
}

async function cutOffSlowReaders(inFlight: InFlight, sendTimeoutMs: number, clock: Runtime['clock'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal, true).catch(() => {})
    inFlight.cutOff(clock.monotonic() - sendTimeoutMs)
  }
}
