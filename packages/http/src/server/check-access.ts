import type { AnyOperation, Contract } from '@tidings/core'
import { AccessUndeclared, AuthenticationMissing } from './access-errors.ts'

/**
 * Refuses to serve what is not guarded as its contract asks. Where nothing authenticates callers, only operations that are
 * open to anyone can be served.
 *
 * @throws {AccessUndeclared} Operations that do not say who may call them.
 * @throws {AuthenticationMissing} Operations that ask for authenticated callers, whom nothing here can tell.
 */
export function checkAccess(contracts: readonly Contract[], authenticates: boolean): void {
  const undeclared: string[] = []
  const guarded: string[] = []
  for (const contract of contracts) {
    for (const [name, operation] of Object.entries(contract.operations as Record<string, AnyOperation>)) {
      if (operation.access === undefined) undeclared.push(`${contract.name}.${name}`)
      else if (operation.access !== 'public' && operation.access !== 'optional') guarded.push(`${contract.name}.${name}`)
    }
  }
  if (undeclared.length > 0) throw new AccessUndeclared({ operations: undeclared })
  if (guarded.length > 0 && !authenticates) throw new AuthenticationMissing({ operations: guarded })
}
