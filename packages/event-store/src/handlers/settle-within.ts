import type { Clock } from '@tidings/core'

/** Given as the reason, it spares the making of an error for every handler that is in time. */
const over = 'the work is done'

/**
 * Settles as the work does, or rejects with `late()` when it takes longer than `ms`, or with the reason of a signal when that is
 * aborted. Late results of the work are ignored.
 */
export async function settleWithin<R>(
  clock: Clock,
  ms: number,
  work: Promise<R>,
  late: () => Error,
  ...signals: readonly AbortSignal[]
): Promise<R> {
  const done = new AbortController()
  const ended = new Promise<never>((_, reject) => {
    for (const signal of signals) {
      const leave = (): void => reject(signal.reason)
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { signal: done.signal })
    }
    clock.sleep(ms, done.signal).then(
      () => reject(late()),
      // Aborted below, after the race is over.
      () => {},
    )
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    done.abort(over)
  }
}
