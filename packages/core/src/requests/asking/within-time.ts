import { RequestTimedOut } from '../../errors/request-errors.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'
import type { Clock } from '../../ports/runtime.ts'
import { unlessAborted } from '../policy/unless-aborted.ts'

/** Given to whoever still listens when a call has its answer. */
const over = 'the call is over'

/**
 * Settles as the work does, and in any case when the request's time is over or one of the signals is aborted; the work is told
 * so by the signal that it is given.
 *
 * @throws {RequestTimedOut} The time is over.
 */
export async function withinTime(
  request: OperationRequest,
  signals: readonly (AbortSignal | undefined)[],
  clock: Pick<Clock, 'sleep'>,
  work: (signal: AbortSignal) => Promise<OperationAnswer>,
): Promise<OperationAnswer> {
  for (const signal of signals) signal?.throwIfAborted()
  const call = new AbortController()
  const leaving = signals.map((signal) => {
    const leave = (): void => call.abort(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    return () => signal?.removeEventListener('abort', leave)
  })
  clock.sleep(request.timeoutMs, call.signal).then(
    () => call.abort(new RequestTimedOut(request)),
    () => undefined,
  )
  try {
    return await unlessAborted(call.signal, work(call.signal))
  } finally {
    // Ends the wait above as well.
    call.abort(over)
    for (const remove of leaving) remove()
  }
}
