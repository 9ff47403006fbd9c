import { DefinitionInvalid, type Runtime, systemRuntime } from '@tidings/core'
import type { Rate } from './limits/rate-limit.ts'
import type { PasswordCost } from './passwords/passwords.ts'
import type { SigningAlgorithm } from './signing/signing-keys.ts'
import type { IssuerStore } from './store/issuer-store.ts'

/** How the auth service works. Only `secret` must be given. */
export interface AuthServiceOptions<Db> {
  /**
   * Seals the private signing keys and makes refresh tokens: text of at least 32 characters that nobody can guess, kept
   * outside of the database. To change it give the new one first and the old one after it, until every session of then is over.
   */
  readonly secret: string | readonly string[]
  /** Where users, sessions and keys are kept. */
  readonly store: IssuerStore<Db>
  /** `iss` of every token. @default 'tidings-auth' */
  readonly issuer?: string
  /** `aud` of every token: the system that takes them. @default 'tidings' */
  readonly audience?: string
  /** What tokens are signed with. @default 'ES256' */
  readonly algorithm?: SigningAlgorithm
  /** How long an access token lives, in milliseconds: whole seconds from 60 to 3,600. @default 600_000 */
  readonly tokenLifetimeMs?: number
  /** How long someone stays signed in without their password, in milliseconds, from 1 minute to 400 days. @default 30 days */
  readonly sessionLifetimeMs?: number
  /** How long a spent refresh token gets the same successor again while that is unused, in milliseconds, 0 to 300,000. @default 30_000 */
  readonly refreshGraceMs?: number
  /** How long a new signing key is published before it signs, in milliseconds, from 0. @default 600_000 */
  readonly publishAheadMs?: number
  /** How old a signing key becomes before the next one is made, in milliseconds, from 1 hour. @default 30 days */
  readonly rotateEveryMs?: number
  /** How far the clocks of other processes may differ from this one's, in milliseconds, 0 to 300,000. @default 30_000 */
  readonly clockToleranceMs?: number
  /** How often it gives a sign of life to the feed, in milliseconds, 100 to 60,000. @default 10_000 */
  readonly beatMs?: number
  /** A snapshot of the facts is published after so many changes of access, from 1. @default 10_000 */
  readonly snapshotEvery?: number
  /** What hashing a password costs. @default 19 MiB, two passes, one lane */
  readonly passwordCost?: PasswordCost
  /** So many passwords are hashed at once, 1 to 64. @default 2 */
  readonly hashesAtOnce?: number
  /** So many wait for their turn; further ones are answered 503, 0 to 10,000. @default 64 */
  readonly hashesWaiting?: number
  readonly limits?: {
    /** Registrations and logins from one address, or from one IPv6 network of 64 bits. @default 60 a minute */
    readonly perAddress?: Rate
    /** Wrong passwords for one account; right ones do not count. @default 10 in 15 minutes */
    readonly perAccount?: Rate
  }
  /**
   * Lets services with the key (at least 32 characters) have an access token renewed that expired up to `withinMs` ago, in
   * milliseconds, 1,000 to 3,600,000: `onExpired: 'renew'` of `local`. @default nobody
   */
  readonly renewal?: { readonly key: string; readonly withinMs: number }
  /** Scopes of everyone who registers. @default none */
  readonly userScopes?: readonly string[]
  /**
   * An account that may block users and rotate keys, made at start. Where one of this address is there already, it becomes
   * the administrator's: the password given here holds, and sessions begun with another one end.
   */
  readonly administrator?: { readonly email: string; readonly password: string }
  /** Clock and logger. @default the real machine */
  readonly runtime?: Pick<Runtime, 'clock' | 'logger'>
}

/** The options with their defaults. */
export type AuthSettings<Db> = Required<Omit<AuthServiceOptions<Db>, 'secret' | 'limits' | 'administrator' | 'renewal'>> & {
  readonly secrets: readonly string[]
  readonly perAddress: Rate
  readonly perAccount: Rate
  readonly administrator: AuthServiceOptions<Db>['administrator']
  readonly renewal: AuthServiceOptions<Db>['renewal']
}

const dayMs = 24 * 60 * 60 * 1_000

/** Fills in the defaults. @throws {DefinitionInvalid} Every option that is out of its limits. */
export function checkAuthOptions<Db>(options: AuthServiceOptions<Db>): AuthSettings<Db> {
  const { secret, limits = {}, ...others } = options
  const settings: AuthSettings<Db> = {
    issuer: 'tidings-auth',
    audience: 'tidings',
    algorithm: 'ES256',
    tokenLifetimeMs: 600_000,
    sessionLifetimeMs: 30 * dayMs,
    refreshGraceMs: 30_000,
    publishAheadMs: 600_000,
    rotateEveryMs: 30 * dayMs,
    clockToleranceMs: 30_000,
    beatMs: 10_000,
    snapshotEvery: 10_000,
    passwordCost: {},
    hashesAtOnce: 2,
    hashesWaiting: 64,
    userScopes: [],
    runtime: systemRuntime,
    ...given(others),
    administrator: others.administrator,
    renewal: others.renewal,
    secrets: typeof secret === 'string' ? [secret] : secret,
    perAddress: limits.perAddress ?? { times: 60, windowMs: 60_000 },
    perAccount: limits.perAccount ?? { times: 10, windowMs: 900_000 },
  }
  const faults = faultsOf(settings)
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'auth service', reason: faults.join('; '), remedy: 'Correct the options of authService.' })
  return settings
}

/** Without what is given as undefined, which would take the place of a default. */
function given<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}

function faultsOf<Db>(settings: AuthSettings<Db>): readonly string[] {
  const faults: string[] = []
  const whole = (name: string, value: unknown, from: number, to: number): void => {
    if (!Number.isSafeInteger(value) || Number(value) < from || Number(value) > to)
      faults.push(`${name} is not a whole number from ${from} to ${to}`)
  }
  const { secrets, issuer, audience, algorithm, tokenLifetimeMs, passwordCost, perAddress, perAccount, userScopes, administrator } =
    settings
  if (!Array.isArray(secrets) || secrets.length === 0 || secrets.some((secret) => typeof secret !== 'string' || secret.length < 32))
    faults.push('secret has less than 32 characters')
  for (const [name, text] of Object.entries({ issuer, audience }))
    if (typeof text !== 'string' || text === '' || text.length > 255) faults.push(`${name} is not text of 1 to 255 characters`)
  if (algorithm !== 'ES256' && algorithm !== 'EdDSA') faults.push('algorithm is neither ES256 nor EdDSA')
  whole('tokenLifetimeMs', tokenLifetimeMs, 60_000, 3_600_000)
  if (tokenLifetimeMs % 1_000 !== 0) faults.push('tokenLifetimeMs is no whole number of seconds')
  whole('sessionLifetimeMs', settings.sessionLifetimeMs, 60_000, 400 * dayMs)
  whole('refreshGraceMs', settings.refreshGraceMs, 0, 300_000)
  whole('publishAheadMs', settings.publishAheadMs, 0, 30 * dayMs)
  whole('rotateEveryMs', settings.rotateEveryMs, 3_600_000, 400 * dayMs)
  whole('clockToleranceMs', settings.clockToleranceMs, 0, 300_000)
  whole('beatMs', settings.beatMs, 100, 60_000)
  whole('snapshotEvery', settings.snapshotEvery, 1, 10_000_000)
  whole('passwordCost.memoryKib', passwordCost.memoryKib ?? 19_456, 19_456, 1_048_576)
  whole('passwordCost.passes', passwordCost.passes ?? 2, 2, 16)
  whole('passwordCost.lanes', passwordCost.lanes ?? 1, 1, 16)
  whole('hashesAtOnce', settings.hashesAtOnce, 1, 64)
  whole('hashesWaiting', settings.hashesWaiting, 0, 10_000)
  for (const [name, rate] of Object.entries({ perAddress, perAccount })) {
    whole(`limits.${name}.times`, rate.times, 1, 1_000_000)
    whole(`limits.${name}.windowMs`, rate.windowMs, 1, dayMs)
  }
  if (settings.renewal !== undefined) {
    whole('renewal.withinMs', settings.renewal.withinMs, 1_000, 3_600_000)
    if (settings.renewal.key.length < 32) faults.push('renewal.key has less than 32 characters')
  }
  // RFC 6749: a space would make two of one.
  if (!userScopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) faults.push('userScopes has one that is no scope')
  if (administrator !== undefined && (!/^[^@\s]+@[^@\s]+$/.test(administrator.email) || administrator.password.length < 8))
    faults.push('administrator needs an e-mail address and a password of at least 8 characters')
  return faults
}
