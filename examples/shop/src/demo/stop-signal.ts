import { constants } from 'node:os'

/** Tells that the user wants the demo to end. */
export interface StopSignal extends Disposable {
  /** Aborted at the first SIGINT, SIGTERM or SIGHUP, or when nobody reads the output any more. */
  readonly signal: AbortSignal
  /** 128 and the signal's number, as shells have it. */
  exitCode(): number
}

const forcedAfterMs = 1_000

/**
 * Listens for signals instead of dying of them, so that the demo can end what it started. A second one after a second
 * ends it at once. A reader of its output that has gone (`pnpm demo | head`) is a reason to end too.
 */
export function stopSignal(): StopSignal {
  const controller = new AbortController()
  let first: { readonly name: NodeJS.Signals; readonly at: number } | undefined
  const exitCode = (): number => 128 + (first === undefined ? 0 : constants.signals[first.name])
  const receive = (name: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { name, at: performance.now() }
      controller.abort()
    } else if (performance.now() - first.at >= forcedAfterMs) process.exit(exitCode())
  }
  const names: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of names) process.on(name, receive)
  // Each later write fails too: only the first says anything.
  process.stdout.on('error', () => {
    if (first === undefined) receive('SIGPIPE')
  })
  return {
    signal: controller.signal,
    exitCode,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, receive)
    },
  }
}
