import { type AuthService, authService, sqliteIssuerStore } from '@tidings/auth/issuer'
import { mongodbIssuerStore } from '@tidings/auth/issuer-mongodb'
import { databaseOf } from '../database-of.ts'
import { tokens } from './tokens.ts'

/** What the auth service of the shop is told. */
export interface ShopAuthOptions {
  /** At least 32 characters that nobody can guess. */
  readonly secret: string
  /** An account that may block customers, made at start. @default none */
  readonly administrator?: { readonly email: string; readonly password: string }
  /** For how long services may not hear from it until they trust what they know no more, in milliseconds. */
  readonly maxStalenessMs: number
}

/** The auth service of the shop, on SQLite or, where a server is given, on MongoDB. */
export function shopAuthService({ secret, administrator, maxStalenessMs }: ShopAuthOptions, databaseUrl?: string): AuthService {
  const options = {
    ...tokens,
    secret,
    administrator,
    // Two signs of life may get lost before anyone doubts.
    beatMs: Math.min(60_000, Math.max(100, Math.floor(maxStalenessMs / 3))),
    limits: { perAddress: { times: 120, windowMs: 60_000 } },
  }
  return databaseUrl === undefined
    ? authService({ ...options, store: sqliteIssuerStore() })
    : authService({ ...options, store: mongodbIssuerStore({ url: databaseUrl, database: databaseOf('auth') }) })
}
