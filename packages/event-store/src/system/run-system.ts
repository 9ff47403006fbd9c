import { type Runtime, systemRuntime } from '@tidings/core'
import { StopTimedOut } from './stop-timed-out.ts'
import type { System } from './system.ts'

/** The process, as far as signals and its end go. Replaced in tests. */
export interface SignalledProcess {
  /** Calls `hear` for each of these signals. */
  on(signal: NodeJS.Signals, hear: (signal: NodeJS.Signals) => void): unknown
  /** Calls it no more. */
  off(signal: NodeJS.Signals, hear: (signal: NodeJS.Signals) => void): unknown
  /** Ends the process at once. */
  exit(code: number): void
}

/** How a system is run. */
export interface RunSystemOptions {
  /** Called when the system has started. */
  readonly onStarted?: () => void
  /** Stops the system when it is aborted, as a first signal does. */
  readonly until?: AbortSignal
  /** What asks the process to end. @default SIGTERM and SIGINT */
  readonly signals?: readonly NodeJS.Signals[]
  /** Clock and logger. @default those of the machine */
  readonly runtime?: Pick<Runtime, 'clock' | 'logger'>
  /** @default the process */
  readonly process?: SignalledProcess
}

/** A second signal that comes sooner is the same key press: terminals and package managers pass it on once more. */
const secondSignalAfterMs = 1_000

/**
 * Starts a system, and stops it when the process is asked to end. Resolves when it has stopped and nothing of it is open: the
 * process then ends by itself, with code 0.
 *
 * A second signal, at least 1 s after the first, ends the process at once with code 1, and so does a stop that does not come
 * to its end in time; what was left is said in the log, and no event is lost.
 *
 * @throws What kept the system from starting, or from stopping.
 */
export async function runSystem(system: Pick<System, 'start' | 'stop' | 'unfinished'>, options: RunSystemOptions = {}): Promise<void> {
  const { onStarted, until, signals = ['SIGTERM', 'SIGINT'], runtime = systemRuntime, process: own = process } = options
  const { clock, logger } = runtime
  const stopped = Promise.withResolvers<void>()
  let firstAt: number | undefined
  const stop = (): void => {
    firstAt ??= clock.monotonic()
    system.stop().then(stopped.resolve, stopped.reject)
  }
  const hear = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      logger.info(`Stopping, for ${signal} came. Another one after ${secondSignalAfterMs} ms ends the process at once.`)
      stop()
    } else if (clock.monotonic() - firstAt >= secondSignalAfterMs) {
      const left = system.unfinished()
      logger.error(`Ended at once, for another ${signal} came. ${left.length === 0 ? 'Nothing was left' : `Left: ${left.join(', ')}`}.`)
      own.exit(1)
    }
  }
  for (const signal of signals) own.on(signal, hear)
  until?.addEventListener('abort', stop, { once: true })
  if (until?.aborted) stop()
  try {
    await system.start().then(onStarted, (error: unknown) => {
      // Whoever asked for the end while it started knows why it did not.
      if (firstAt === undefined) throw error
    })
    await stopped.promise
  } catch (error) {
    if (!(error instanceof StopTimedOut)) throw error
    logger.error(error.message)
    // Whatever was cut off may hold the process open for ever.
    own.exit(1)
  } finally {
    for (const signal of signals) own.off(signal, hear)
    until?.removeEventListener('abort', stop)
  }
}
