import type { Access } from '../../contracts/define-operation.ts'
import type { Principal, Refusal } from '../../ports/authenticator.ts'

/**
 * Whether a principal that was authenticated may call what has this rule. Decided for each request, after everything that
 * is kept from one to the next.
 *
 * @returns How to refuse; undefined when it may.
 */
export function accessRefusal(principal: Principal, access: Access): Refusal | undefined {
  if (typeof access === 'string' || access.scopes.every((scope) => principal.scopes.has(scope))) return undefined
  return {
    status: 403,
    challenge: `Bearer error="insufficient_scope", scope="${access.scopes.join(' ')}"`,
    code: 'AUTH_SCOPE_INSUFFICIENT',
  }
}
