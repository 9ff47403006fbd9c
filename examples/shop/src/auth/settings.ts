import { DefinitionInvalid } from '@tidings/core'
import { type Strategy, strategies } from './strategy.ts'

/** What the processes of a shop are told of authentication. */
export interface AuthSettings {
  readonly strategy: Strategy
  readonly maxStalenessMs: number
  /** Of the auth service. @default one made at its first start */
  readonly secret?: string
  /** Made by the auth service at start. @default none */
  readonly administrator?: { readonly email: string; readonly password: string }
}

/** Reads the variables `SHOP_AUTH` and those beside it. @throws {DefinitionInvalid} One is not usable. */
export function authSettingsIn(environment: NodeJS.ProcessEnv): AuthSettings {
  // A variable that is set to nothing is not set.
  const { SHOP_AUTH, SHOP_MAX_STALENESS_MS, SHOP_AUTH_SECRET, SHOP_ADMIN_EMAIL, SHOP_ADMIN_PASSWORD } = environment
  const strategy = strategies.find((one) => one === (SHOP_AUTH || 'none'))
  if (strategy === undefined) throw unfit('SHOP_AUTH', `it is none of ${strategies.join(', ')}`)
  const maxStalenessMs = Number(SHOP_MAX_STALENESS_MS || 30_000)
  if (!Number.isInteger(maxStalenessMs) || maxStalenessMs < 1_000) throw unfit('SHOP_MAX_STALENESS_MS', 'it is no whole number from 1000')
  if (SHOP_AUTH_SECRET && SHOP_AUTH_SECRET.length < 32) throw unfit('SHOP_AUTH_SECRET', 'it has less than 32 characters')
  if (!SHOP_ADMIN_EMAIL !== !SHOP_ADMIN_PASSWORD) throw unfit('SHOP_ADMIN_EMAIL and SHOP_ADMIN_PASSWORD', 'one of them is not set')
  return {
    strategy,
    maxStalenessMs,
    secret: SHOP_AUTH_SECRET || undefined,
    administrator: SHOP_ADMIN_EMAIL && SHOP_ADMIN_PASSWORD ? { email: SHOP_ADMIN_EMAIL, password: SHOP_ADMIN_PASSWORD } : undefined,
  }
}

/** What tells a process the same again. */
export function environmentOfAuth({ strategy, maxStalenessMs, secret, administrator }: AuthSettings): NodeJS.ProcessEnv {
  return {
    SHOP_AUTH: strategy,
    SHOP_MAX_STALENESS_MS: String(maxStalenessMs),
    SHOP_AUTH_SECRET: secret,
    SHOP_ADMIN_EMAIL: administrator?.email,
    SHOP_ADMIN_PASSWORD: administrator?.password,
  }
}

function unfit(subject: string, reason: string): DefinitionInvalid {
  return new DefinitionInvalid({ subject, reason, remedy: 'Set it anew, or leave it out' })
}
