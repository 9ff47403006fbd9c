import { DefinitionInvalid, type EventLog, type Runtime, systemRuntime } from '@tidings/core'
import type { Introspect, Renew } from '../asking.ts'

/** How a process verifies tokens by itself. */
export interface LocalOptions {
  /** `iss` of the tokens that are taken: exactly this. */
  readonly issuer: string
  /** `aud` of the tokens that are taken: exactly this, and no other beside it. */
  readonly audience: string
  /** Where the issuer publishes its keys, or a function that loads its key set as parsed. */
  readonly keys: string | URL | ((signal: AbortSignal) => Promise<unknown>)
  /** The log that the auth service publishes to. Revocations are read from it; it is not closed. */
  readonly log: Pick<EventLog, 'read' | 'sealed' | 'onAdvance'>
  /** Asked where revocations cannot be told from the log. Without it such requests are answered 503. */
  readonly introspect?: Introspect
  /** What to do with a token that has expired: refuse it, or ask for a new one in its place. @default 'refuse' */
  readonly onExpired?: 'refuse' | 'renew'
  /** How tokens are renewed. Needed for `onExpired: 'renew'`. */
  readonly renew?: Renew
  /** For how long after its expiry a token is renewed, in milliseconds. @default 300_000 */
  readonly renewWithinMs?: number
  /**
   * For how long the auth service may not be heard of until what is known of revocations counts as old, in milliseconds,
   * from 1,000. No revoked token is taken for longer than this.
   *
   * @default 30_000
   */
  readonly maxStalenessMs?: number
  /** The longest life of a token that is taken, in milliseconds. Must not be shorter than the issuer's. @default 900_000 */
  readonly maxTokenLifeMs?: number
  /** How far the clocks of the issuer and this process may differ, in milliseconds. @default 5_000 */
  readonly clockToleranceMs?: number
  /** The most revocations that are kept, about 200 bytes each. With more of them others must be asked. @default 1_000_000 */
  readonly maxRevocations?: number
  /** How often the keys are loaded anew, in milliseconds. @default 300_000 */
  readonly refreshKeysMs?: number
  /** How long an answer of the auth service, its keys and the log are waited for, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
  /** Clock, random source and logger. @default the real machine */
  readonly runtime?: Runtime
}

const defaults = {
  onExpired: 'refuse',
  renewWithinMs: 300_000,
  maxStalenessMs: 30_000,
  maxTokenLifeMs: 900_000,
  clockToleranceMs: 5_000,
  maxRevocations: 1_000_000,
  refreshKeysMs: 300_000,
  timeoutMs: 5_000,
  runtime: systemRuntime,
} as const

/** Options with nothing missing that has a default. */
export type FullLocalOptions = LocalOptions & Required<Pick<LocalOptions, keyof typeof defaults>>

/** Fills in the defaults. @throws {DefinitionInvalid} Every option that is out of its limits. */
export function checkLocalOptions(options: LocalOptions): FullLocalOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as unknown as LocalOptions
  const full: FullLocalOptions = { ...defaults, ...given }
  const faults: string[] = []
  const whole = (
    name: 'renewWithinMs' | 'maxStalenessMs' | 'maxTokenLifeMs' | 'clockToleranceMs' | 'maxRevocations' | 'refreshKeysMs' | 'timeoutMs',
    from: number,
  ) => {
    const value: unknown = full[name]
    if (!Number.isSafeInteger(value) || Number(value) < from) faults.push(`${name} is not a whole number from ${from}`)
  }
  whole('renewWithinMs', 0)
  whole('maxStalenessMs', 1_000)
  whole('maxTokenLifeMs', 1_000)
  whole('clockToleranceMs', 0)
  whole('maxRevocations', 1)
  whole('refreshKeysMs', 1_000)
  whole('timeoutMs', 1)
  for (const name of ['issuer', 'audience'] as const)
    if (typeof full[name] !== 'string' || full[name] === '') faults.push(`${name} is no text`)
  if (typeof full.keys !== 'function' && !URL.canParse(String(full.keys))) faults.push('keys is neither a URL nor a function')
  if (full.onExpired === 'renew' && full.renew === undefined) faults.push("onExpired is 'renew' without a function renew")
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'local authentication', reason: faults.join(', '), remedy: 'Correct the options of local.' })
  return full
}
