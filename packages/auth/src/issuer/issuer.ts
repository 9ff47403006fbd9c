import type { Context } from '@tidings/core'
import type { auth } from '../contract/auth-contract.ts'
import { AttemptLimits } from './limits/attempt-limits.ts'
import type { AuthSettings } from './options.ts'
import { Passwords } from './passwords/passwords.ts'
import { deriveSecrets, type Secrets } from './secrets.ts'
import type { TokenTimes } from './signing/key-ring.ts'
import { PrivateKeys } from './signing/signing-keys.ts'
import { type Tables, tablesOf } from './store/tables.ts'

/** What every handler of the auth service is given. */
// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
export type IssuerContext<Db> = Context<typeof auth, {}, Db, {}, {}>

/** A handler's transaction as the auth service works in it. */
export interface Work extends Pick<IssuerContext<unknown>, 'publish' | 'newId'> {
  readonly tables: Tables
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What the handlers of one auth service share in this process. Everything that must last is in the database. */
export class Issuer<Db> {
  readonly settings: AuthSettings<Db>
  readonly secrets: Secrets
  readonly passwords: Passwords
  readonly limits: AttemptLimits
  readonly privateKeys: PrivateKeys
  /** How long tokens of one key may be around. */
  readonly times: TokenTimes

  constructor(settings: AuthSettings<Db>) {
    this.settings = settings
    this.secrets = deriveSecrets(settings.secrets)
    this.passwords = new Passwords(settings.passwordCost, settings.hashesAtOnce, settings.hashesWaiting)
    this.limits = new AttemptLimits(settings.perAddress, settings.perAccount, settings.runtime.clock)
    this.privateKeys = new PrivateKeys(this.secrets)
    this.times = { lifetimeMs: settings.tokenLifetimeMs, clockToleranceMs: settings.clockToleranceMs }
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Math.floor(this.settings.runtime.clock.now())
  }

  tables(db: Db): Tables {
    return tablesOf(this.settings.store.rows(db))
  }

  /** Opens the handler's transaction: from now on it holds what it touches. */
  begin(ctx: Pick<IssuerContext<Db>, 'db' | 'publish' | 'newId'>): Work {
    return { tables: this.tables(ctx.db), now: this.now(), publish: (event, data) => ctx.publish(event, data), newId: () => ctx.newId() }
  }
}
