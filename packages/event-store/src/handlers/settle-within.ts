import type { Clock } from '@tidings/core'

/** Given as the reason, it spares the making of an error for every handler that is in time. */
const over = 'the work is done'

/**
 * Settles as the work does, or rejects with `late()` when it takes longer than `ms`. Late results of the work are ignored.
 */
export async function settleWithin<R>(clock: Clock, ms: number, work: Promise<R>, late: () => Error): Promise<R> {
  const done = new AbortController()
  const timer = clock.sleep(ms, done.signal).then(
    () => {
      throw late()
    },
    // Aborted below, after the race is over.
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([work, timer])
  } finally {
    done.abort(over)
  }
}
