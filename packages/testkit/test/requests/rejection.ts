import { expect } from 'vitest'

/** What an error of a request may say. */
export interface Rejection {
  readonly code?: string
  readonly remoteCode?: string
  readonly retryable?: boolean
  readonly retryAfterMs?: number
  readonly message: string
}

/** What the promise rejects with; that it resolves fails the test. */
export function rejection(promise: Promise<unknown>): Promise<Rejection> {
  return promise.then(
    () => expect.fail('it resolved'),
    // What a call rejects with is an error.
    (error) => error as Rejection,
  )
}
