import type { OperationContext } from '@tidings/core'
import type { auth } from '../../contract/auth-contract.ts'
import type { Issuer, Work } from '../issuer.ts'
import { beginSession, type SignedIn } from '../sessions/sign-in.ts'
import type { UserRow } from '../store/tables.ts'
import { normalEmail } from './normal-email.ts'

// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
type RegisterContext<Db> = OperationContext<typeof auth, {}, Db, {}, {}, (typeof auth)['operations']['register']>

/** When to come again for a password to be hashed, in milliseconds. */
export const hashAgainMs = 1_000

/** Makes an account and signs in. */
export async function register<Db>(
  issuer: Issuer<Db>,
  input: { readonly email: string; readonly password: string },
  ctx: RegisterContext<Db>,
): Promise<SignedIn> {
  const email = normalEmail(input.email)
  const retryAfterMs = issuer.limits.fromAddress(ctx.address)
  if (retryAfterMs > 0) return ctx.fail('TooManyAttempts', { retryAfterMs })
  const taken = await ctx.look((db) => issuer.tables(db).emails.get(email))
  if (taken !== undefined) return ctx.fail('EmailTaken', {})
  const passwordHash = await issuer.passwords.hash(input.password)
  if (passwordHash === undefined) return ctx.fail('Busy', { retryAfterMs: hashAgainMs })
  const work = issuer.begin(ctx)
  // Someone may have been quicker.
  if ((await work.tables.emails.get(email)) !== undefined) return ctx.fail('EmailTaken', {})
  const user = await addUser(work, { email, passwordHash, scopes: issuer.settings.userScopes })
  return beginSession(issuer, work, user)
}

/** Adds a user whose address nobody has. */
export async function addUser(work: Work, known: Pick<UserRow, 'email' | 'passwordHash' | 'scopes'>): Promise<UserRow> {
  const user: UserRow = { ...known, userId: work.newId(), version: 1, seq: 0, state: 'active', createdAt: work.now }
  await work.tables.users.put(user.userId, user)
  await work.tables.emails.put(user.email, { userId: user.userId })
  await work.publish('UserRegistered', { userId: user.userId, registeredAt: new Date(work.now).toISOString() })
  return user
}
