import type { Contract } from '../../contracts/define-contract.ts'
import type { TypesOf } from '../../contracts/define-operation.ts'

/** Options of one call to another service. */
export interface CallOptions {
  /** Aborting it ends the waiting, with its reason, and tells the callee. A command may have taken effect all the same. */
  readonly signal?: AbortSignal
  /** How long to wait, in milliseconds: a whole number from 1. @default the operation's own */
  readonly timeoutMs?: number
  /** 1 to 512 characters. Calls made by a handler that has a key of its own carry one derived from it. */
  readonly idempotencyKey?: string
}

/** A service's operations as functions. Input and output are validated; every call has a time limit. */
export type Client<C extends Contract> = {
  readonly [K in keyof C['operations']]: (
    input: TypesOf<C['operations'][K]>['in'],
    options?: CallOptions,
  ) => Promise<TypesOf<C['operations'][K]>['out']>
}
