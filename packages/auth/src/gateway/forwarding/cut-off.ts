import type { Clock } from '@tidings/core'
import { Refused } from '../refusals/refused.ts'

/** The client closed its connection, so that there is nobody to answer. */
export class ClientGone extends Error {}

/**
 * What ends a request from outside: its time is up, its client has left, its principal is let in no longer. Whoever holds
 * something open for the request registers here; each is called once, with the reason.
 */
export class CutOff {
  readonly #ends = new Set<(reason: Error) => void>()
  readonly #over = new AbortController()
  #reason: Error | undefined

  get reason(): Error | undefined {
    return this.#reason
  }

  /** Calls `end` when it happens, at once if it has. @returns Takes it back. */
  onCut(end: (reason: Error) => void): () => void {
    if (this.#reason !== undefined) end(this.#reason)
    else this.#ends.add(end)
    return () => this.#ends.delete(end)
  }

  cut(reason: Error): void {
    if (this.#reason !== undefined || this.#over.signal.aborted) return
    this.#reason = reason
    for (const end of this.#ends) end(reason)
    this.finish()
  }

  /** Cuts when the answer has not begun in time. @returns Ends the wait. */
  after(clock: Clock, timeoutMs: number, service: string): () => void {
    const begun = new AbortController()
    const over = (): void => begun.abort()
    this.#over.signal.addEventListener('abort', over)
    const message = `${service} did not answer within ${Math.ceil(timeoutMs)} ms. A command may have taken effect.`
    clock.sleep(timeoutMs, begun.signal, true).then(
      () => this.cut(new Refused(504, 'REQUEST_TIMED_OUT', message)),
      () => {},
    )
    return over
  }

  /** Cuts when the principal is revoked or expires. */
  whenRevoked(principal: AbortSignal): void {
    const revoked = (): void => {
      const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' }
      const message = 'The token was taken back or expired while the request ran. Sign in again.'
      this.cut(new Refused(401, 'UNAUTHENTICATED', message, { headers: challenge }))
    }
    if (principal.aborted) revoked()
    else principal.addEventListener('abort', revoked, { once: true, signal: this.#over.signal })
  }

  /** Lets go of everything; nothing is cut any more. */
  finish(): void {
    this.#ends.clear()
    this.#over.abort()
  }
}
