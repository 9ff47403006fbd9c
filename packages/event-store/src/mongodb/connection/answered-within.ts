import type { Runtime } from '@tidings/core'

/** A call to the server that did not settle in time. Perhaps it was carried out. */
export class AnswerMissing extends Error {
  override readonly name = 'AnswerMissing'

  constructor(timeoutMs: number) {
    super(`No answer came within ${timeoutMs} ms.`)
  }
}

/**
 * Waits for a call to the server, and no longer than `timeoutMs`.
 *
 * Every call that may send more than a megabyte or two needs this, the driver's own time-outs notwithstanding: where the
 * socket's buffers are full and the connection ends without an error (its time-out, a client that is closed), driver 7.9
 * waits for a destroyed socket to drain, and the call never settles.
 *
 * @throws {AnswerMissing} What comes of the call later reaches nobody.
 */
export async function answeredWithin<R>(runtime: Runtime, timeoutMs: number, call: Promise<R>): Promise<R> {
  const settled = new AbortController()
  const late = runtime.clock.sleep(timeoutMs, settled.signal).then(() => {
    throw new AnswerMissing(timeoutMs)
  })
  // The one that comes last reaches nobody, and must not end the process.
  late.catch(() => {})
  call.catch(() => {})
  try {
    return await Promise.race([call, late])
  } finally {
    settled.abort()
  }
}
