import { administratorScope } from '../../contract/auth-contract.ts'
import type { Issuer, IssuerContext } from '../issuer.ts'
import { endAllSessions } from './change-access.ts'
import { normalEmail } from './normal-email.ts'
import { addUser } from './sign-up.ts'

/** Makes the account of the administrator what the options say. */
export async function seeToAdministrator<Db>(
  issuer: Issuer<Db>,
  { email: written, password }: { readonly email: string; readonly password: string },
  ctx: IssuerContext<Db>,
): Promise<void> {
  const email = normalEmail(written)
  const known = await ctx.look(async (db) => {
    const tables = issuer.tables(db)
    const found = await tables.emails.get(email)
    return found === undefined ? undefined : tables.users.get(found.userId)
  })
  const isRight = known !== undefined && (await issuer.passwords.compare(known.passwordHash, password))?.isRight === true
  if (known?.scopes.includes(administratorScope) && isRight) return
  const passwordHash = await issuer.passwords.hash(password)
  // Too many sign in just now. This comes again.
  if (passwordHash === undefined) return
  const work = issuer.begin(ctx)
  const found = await work.tables.emails.get(email)
  const user = found === undefined ? undefined : await work.tables.users.get(found.userId)
  if (user === undefined) {
    await addUser(work, { email, passwordHash, scopes: [administratorScope] })
    return
  }
  // Whoever registered this address before must not become the administrator with a password of their own.
  await endAllSessions(issuer, work, { ...user, passwordHash, scopes: [...new Set([...user.scopes, administratorScope])] })
}
