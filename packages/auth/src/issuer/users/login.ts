import type { OperationContext } from '@tidings/core'
import type { auth } from '../../contract/auth-contract.ts'
import type { Issuer } from '../issuer.ts'
import { beginSession, type SignedIn } from '../sessions/sign-in.ts'
import type { Tables, UserRow } from '../store/tables.ts'
import { normalEmail } from './normal-email.ts'
import { hashAgainMs } from './sign-up.ts'

// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
type LoginContext<Db> = OperationContext<typeof auth, {}, Db, {}, {}, (typeof auth)['operations']['login']>

/** Signs in. Whether an account is there or not takes the same steps, and the same time. */
export async function login<Db>(
  issuer: Issuer<Db>,
  input: { readonly email: string; readonly password: string },
  ctx: LoginContext<Db>,
): Promise<SignedIn> {
  const { limits, passwords } = issuer
  const email = normalEmail(input.email)
  const retryAfterMs = limits.fromAddress(ctx.address) || limits.atAccount(email)
  if (retryAfterMs > 0) return ctx.fail('TooManyAttempts', { retryAfterMs })
  const seen = await ctx.look((db) => userOf(issuer.tables(db), email))
  // Before the transaction, which would hold its locks for as long as the hash takes.
  const compared = await passwords.compare(seen?.passwordHash, input.password)
  if (compared === undefined) {
    limits.wasNoGuess(email)
    return ctx.fail('Busy', { retryAfterMs: hashAgainMs })
  }
  if (seen === undefined || !compared.isRight) return ctx.fail('CredentialsWrong', {})
  limits.wasNoGuess(email)
  const work = issuer.begin(ctx)
  const user = await work.tables.users.get(seen.userId)
  if (user === undefined || user.passwordHash !== seen.passwordHash) return ctx.fail('CredentialsWrong', {})
  if (user.state !== 'active') return ctx.fail('AccessBlocked', { state: user.state })
  if (compared.rehashed !== undefined) await work.tables.users.put(user.userId, { ...user, passwordHash: compared.rehashed })
  return beginSession(issuer, work, user)
}

/** Two reads in any case: one less would tell that nobody has the address. */
async function userOf(tables: Tables, email: string): Promise<UserRow | undefined> {
  const found = await tables.emails.get(email)
  return tables.users.get(found?.userId ?? '-')
}
