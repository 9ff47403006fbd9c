import type { Principal } from '@tidings/core'

/** Someone whom this process knows by itself, and whom nothing revokes: a service, or the program. */
export class InnerPrincipal implements Principal {
  readonly id: string
  readonly scopes: ReadonlySet<string> = new Set()
  #signal: AbortSignal | undefined

  constructor(id: string) {
    this.id = id
  }

  // One of its own: who listens to a signal that all share is never let go. Made when it is asked for, which is seldom.
  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal
    return this.#signal
  }
}
