import { DefinitionInvalid, type Principal } from '@tidings/core'

/** Keeps for each request who sends it, without a field on the request that others could write. */
export class Principals<R extends object> {
  readonly #byRequest = new WeakMap<R, { readonly principal: Principal | undefined }>()

  set(request: R, principal: Principal | undefined): void {
    this.#byRequest.set(request, { principal })
  }

  /** @throws {DefinitionInvalid} The request has not passed the guard. */
  get(request: R): Principal | undefined {
    const known = this.#byRequest.get(request)
    if (known !== undefined) return known.principal
    const reason = 'the request whose principal is asked for has not passed this guard'
    throw new DefinitionInvalid({ subject: 'handler', reason, remedy: 'Put the guard before the handler, and ask the same one.' })
  }
}
