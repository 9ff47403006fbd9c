import type { Clock } from '@tidings/core'

/**
 * Gives work so much time. Its signal is aborted when the time is up or the outer signal says so; what it comes to after
 * that is ignored, so that work which never settles holds nobody up.
 *
 * @throws What `late` makes, once the time is up; the outer signal's reason; whatever the work throws.
 */
export async function within<R>(
  clock: Clock,
  ms: number,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<R>,
  outer?: AbortSignal,
): Promise<R> {
  const over = new AbortController()
  const stop = outer === undefined ? over.signal : AbortSignal.any([over.signal, outer])
  const timeUp = clock.sleep(ms, stop, true).then(() => {
    throw late()
  })
  try {
    return await Promise.race([work(stop), timeUp])
  } finally {
    over.abort()
    // Who lost the race may reject now, and nobody listens any more.
    timeUp.catch(() => {})
  }
}
