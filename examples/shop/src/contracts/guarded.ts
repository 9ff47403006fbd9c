import type { AnyOperation, Contract } from '@tidings/core'

/**
 * The same contract where people sign in: its public routes are for those who did. What services ask each other directly
 * stays as it is; no route from outside leads there.
 */
export function guarded<C extends Contract>(contract: C): C {
  const operations = Object.entries(contract.operations as Record<string, AnyOperation>).map(([name, operation]) => [
    name,
    operation.http === undefined ? operation : Object.freeze({ ...operation, access: 'authenticated' }),
  ])
  return Object.freeze({ ...contract, operations: Object.freeze(Object.fromEntries(operations)) })
}
