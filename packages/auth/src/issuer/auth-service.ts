import { type Authenticator, defineService, type OperationContext, type Service, type ServiceDatabase } from '@tidings/core'
import { AccessChanged } from '../contract/access-changed.ts'
import { administratorScope, auth } from '../contract/auth-contract.ts'
import { beat } from './feed/beat.ts'
import { confirmSent } from './feed/confirm-sent.ts'
import { readFeed } from './feed/feed-row.ts'
import { publishSnapshot } from './feed/publish-snapshot.ts'
import { Issuer } from './issuer.ts'
import { type AuthServiceOptions, checkAuthOptions } from './options.ts'
import { endSessionOf } from './sessions/end-session.ts'
import { introspect } from './sessions/introspect.ts'
import { OwnAuthenticator, sessionOf } from './sessions/own-authenticator.ts'
import { OwnTokens } from './sessions/own-tokens.ts'
import { refresh } from './sessions/refresh.ts'
import { renew } from './sessions/renew.ts'
import { revokeAccessToken, revokeRefreshToken } from './sessions/revoke-token.ts'
import { publishedKeys, signingKey } from './signing/key-ring.ts'
import { isRingDue, readRing, rotate, seeToRing, withdraw } from './signing/rings.ts'
import { removeDue } from './store/due.ts'
import { seeToAdministrator } from './users/administrator.ts'
import { type ChangeOfAccess, changeAccess, endAllSessions } from './users/change-access.ts'
import { login } from './users/login.ts'
import { register } from './users/sign-up.ts'

const housekeepingMs = 30_000
const administratorEveryMs = 3_600_000

// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
type ChangeContext<Db> = OperationContext<typeof auth, {}, Db, {}, {}, (typeof auth)['operations']['block']>

/** The auth service, and what lets callers of its own operations in. */
export interface AuthService extends Service<typeof auth> {
  /** For `httpServer({ authenticator })` in the process of this service. It asks the database of the service, and is never late. */
  readonly authenticator: Authenticator
}

/**
 * The auth service: users, sessions, signing keys, and every change of access as an event. An ordinary service with a database
 * of its own; any number of instances may run.
 *
 * Private signing keys are sealed in the database with the secret, refresh tokens are kept as hashes, passwords as argon2id.
 * Limits of attempts are counted in each process.
 *
 * @throws {DefinitionInvalid} An option is out of its limits; all are listed.
 * @throws {SigningKeySealed} When the system starts: the secret is not the one that the keys were sealed with.
 */
export function authService<Db>(options: AuthServiceOptions<Db>): AuthService {
  const settings = checkAuthOptions(options)
  const issuer = new Issuer(settings)
  const tokens = new OwnTokens(issuer)
  const authenticator = new OwnAuthenticator(issuer, tokens)
  const { administrator } = settings

  const { database } = settings.store
  const opened: ServiceDatabase<Db> = {
    ...database,
    open: async (context) => {
      const ledger = await database.open(context)
      authenticator.readFrom(ledger)
      return ledger
    },
  }

  const begun = defineService(auth, { database: opened })
    .copy(AccessChanged, (fact, { db, meta }) => confirmSent(issuer.tables(db), fact, meta, issuer.now()))
    .every('keys', { intervalMs: housekeepingMs }, async (ctx) => {
      const ring = await ctx.look((db) => readRing(issuer.tables(db)))
      if (isRingDue(issuer, ring, issuer.now())) await seeToRing(issuer, issuer.begin(ctx))
      const key = signingKey(ring, issuer.now())
      // A secret that is not the right one shows at the start, and not when someone signs in.
      if (key !== undefined) await issuer.privateKeys.get(key)
    })
    .every('beat', { intervalMs: settings.beatMs }, (ctx) => beat(issuer.begin(ctx)))
    .every('clean-up', { intervalMs: housekeepingMs }, async (ctx) => {
      await issuer.passwords.makeReady()
      await removeDue(issuer.tables(ctx.db), issuer.now())
    })
    .every('snapshot', { intervalMs: housekeepingMs }, async (ctx) => {
      const { sinceSnapshot } = await ctx.look((db) => readFeed(issuer.tables(db)))
      if (sinceSnapshot >= settings.snapshotEvery) await publishSnapshot(issuer.begin(ctx))
    })
  const builder =
    administrator === undefined
      ? begun
      : begun.every('administrator', { intervalMs: administratorEveryMs }, (ctx) => seeToAdministrator(issuer, administrator, ctx))

  const change =
    (verb: ChangeOfAccess) =>
    async ({ userId }: { userId: string }, ctx: ChangeContext<Db>) => {
      const work = issuer.begin(ctx)
      const user = await work.tables.users.get(userId)
      if (user === undefined) return ctx.fail('UserUnknown', {})
      const changed = await changeAccess(issuer, work, user, verb)
      if (changed === undefined) return ctx.fail('StateUnfit', { state: user.state })
      return { userId, state: changed.state, version: changed.version }
    }

  const service = builder.implement({
    register: (input, ctx) => register(issuer, input, ctx),
    login: (input, ctx) => login(issuer, input, ctx),
    refresh: (input, ctx) => refresh(issuer, input, ctx),

    logout: async ({ refreshToken }, ctx) => {
      const sessionId = sessionOf(ctx.principal)
      if (refreshToken === undefined && sessionId === undefined) return ctx.fail('SessionMissing', {})
      const work = issuer.begin(ctx)
      if (refreshToken !== undefined) await revokeRefreshToken(issuer, work, refreshToken)
      else if (sessionId !== undefined) await endSessionOf(issuer, work, sessionId)
      return {}
    },

    logoutEverywhere: async ({ userId }, ctx) => {
      const { principal } = ctx
      const own = userId === undefined || userId === principal.id
      if (!own && principal.id !== 'system' && !principal.scopes.has(administratorScope)) return ctx.fail('NotYours', {})
      const work = issuer.begin(ctx)
      const user = await work.tables.users.get(userId ?? principal.id)
      if (user === undefined) return ctx.fail('UserUnknown', {})
      await endAllSessions(issuer, work, user)
      return {}
    },

    block: change('block'),
    unblock: change('unblock'),
    suspend: change('suspend'),
    resume: change('resume'),

    revokeToken: async ({ token }, ctx) => {
      const work = issuer.begin(ctx)
      if (!(await revokeRefreshToken(issuer, work, token))) await revokeAccessToken(issuer, work, tokens, token)
      return {}
    },

    renew: (input, ctx) => renew(issuer, tokens, input, ctx),

    introspect: ({ token }, ctx) => introspect(tokens, token, issuer.tables(ctx.db), settings),

    publishedKeys: async (_input, ctx) => {
      const ring = await readRing(issuer.tables(ctx.db))
      return { keys: publishedKeys(ring, issuer.now(), issuer.times).map(({ publicKey }) => publicKey) }
    },

    rotateKeys: async ({ withdraw: old = false }, ctx) => {
      const work = issuer.begin(ctx)
      const { keyId, signsFrom } = await (old ? withdraw(issuer, work) : rotate(issuer, work))
      return { keyId, signsFrom: new Date(signsFrom).toISOString() }
    },
  })
  return Object.freeze({ ...service, authenticator })
}
