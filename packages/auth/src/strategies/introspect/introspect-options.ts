import { DefinitionInvalid, type EventLog, type Runtime, systemRuntime } from '@tidings/core'
import type { AskAboutToken } from './introspection.ts'

/** How a process asks the auth service about each token. */
export interface IntrospectOptions {
  /** `iss` of the tokens that are taken: exactly this. */
  readonly issuer: string
  /** `aud` of the tokens that are taken: exactly this, and no other beside it. */
  readonly audience: string
  /** The introspection endpoint, or what asks it, such as {@link introspection}. */
  readonly ask: string | URL | AskAboutToken
  /**
   * The log that the auth service publishes to. With it, answers may be kept for a while: a revocation takes them back as
   * soon as it was read. It is not closed. @default none: every request is asked about
   */
  readonly log?: Pick<EventLog, 'read' | 'sealed' | 'onAdvance'>
  /** For how long an answer is kept while the log is heard, in milliseconds; 0 keeps none. @default 10_000 */
  readonly keepForMs?: number
  /** The most answers that are kept. @default 10_000 */
  readonly maxKept?: number
  /** For how long the auth service may be silent in the log until answers are kept no more, in milliseconds, from 1,000. @default 30_000 */
  readonly maxStalenessMs?: number
  /** The longest life of a token that is taken, in milliseconds. @default 900_000 */
  readonly maxTokenLifeMs?: number
  /** How far the clocks of the issuer and this process may differ, in milliseconds. @default 5_000 */
  readonly clockToleranceMs?: number
  /** How long the auth service is waited for, in milliseconds. @default 2_000 */
  readonly timeoutMs?: number
  /** After so many failures in a row it is not asked for a while, from 1. @default 5 */
  readonly failures?: number
  /** How long it is left alone then, in milliseconds. @default 2_000 */
  readonly pauseMs?: number
  /** The most questions under way; as many again may wait. @default 256 */
  readonly maxInFlight?: number
  /** Clock, random source and logger. @default the real machine */
  readonly runtime?: Runtime
}

const defaults = {
  keepForMs: 10_000,
  maxKept: 10_000,
  maxStalenessMs: 30_000,
  maxTokenLifeMs: 900_000,
  clockToleranceMs: 5_000,
  timeoutMs: 2_000,
  failures: 5,
  pauseMs: 2_000,
  maxInFlight: 256,
  runtime: systemRuntime,
} as const

const least = {
  keepForMs: 0,
  maxKept: 1,
  maxStalenessMs: 1_000,
  maxTokenLifeMs: 1_000,
  clockToleranceMs: 0,
  timeoutMs: 1,
  failures: 1,
  pauseMs: 1,
  maxInFlight: 1,
} as const

/** Options with nothing missing that has a default. */
export type FullIntrospectOptions = IntrospectOptions & Required<Pick<IntrospectOptions, keyof typeof defaults>>

/** Fills in the defaults. @throws {DefinitionInvalid} Every option that is out of its limits. */
export function checkIntrospectOptions(options: IntrospectOptions): FullIntrospectOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as unknown as IntrospectOptions
  const full: FullIntrospectOptions = { ...defaults, ...given }
  const faults: string[] = []
  // The table names only options that are numbers.
  for (const [name, from] of Object.entries(least) as [keyof typeof least, number][]) {
    const value: unknown = full[name]
    if (!Number.isSafeInteger(value) || Number(value) < from) faults.push(`${name} is not a whole number from ${from}`)
  }
  for (const name of ['issuer', 'audience'] as const)
    if (typeof full[name] !== 'string' || full[name] === '') faults.push(`${name} is no text`)
  if (typeof full.ask !== 'function' && !URL.canParse(String(full.ask))) faults.push('ask is neither a URL nor a function')
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'introspection', reason: faults.join(', '), remedy: 'Correct the options of introspect.' })
  return full
}
