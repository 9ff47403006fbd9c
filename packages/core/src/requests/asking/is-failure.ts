import type { Contract } from '../../contracts/define-contract.ts'
import type { TypesOf } from '../../contracts/define-operation.ts'
import { OperationFailed } from '../../errors/request-errors.ts'

/**
 * Tells whether a call failed with this error of the operation's contract, and types its facts.
 *
 * ```ts
 * if (isFailure(error, orders, 'getOrder', 'NotFound')) console.log(error.detail.orderId)
 * ```
 */
export function isFailure<
  C extends Contract,
  O extends keyof C['operations'] & string,
  R extends keyof TypesOf<C['operations'][O]>['errors'] & string,
>(error: unknown, contract: C, operation: O, reason: R): error is OperationFailed<R, DetailOf<TypesOf<C['operations'][O]>['errors'][R]>> {
  return error instanceof OperationFailed && error.service === contract.name && error.operation === operation && error.reason === reason
}

/** The facts that an error of a contract comes with. */
export type DetailOf<E> = E extends { detail: infer Detail } ? Detail : never
