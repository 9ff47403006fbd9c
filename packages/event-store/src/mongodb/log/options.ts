import { DefinitionInvalid, type Runtime, systemRuntime } from '@tidings/core'
import type { MongoServerOptions } from '../connection/options.ts'

/** Where and how a log on MongoDB is kept. */
export interface MongodbEventLogOptions extends MongoServerOptions {
  /** How long an append may take, in milliseconds; the driver would try for minutes. @default 10_000 */
  readonly appendTimeoutMs?: number
  /**
   * How long readers wait for a position whose writer may have died, before they close it for good, in milliseconds. Where
   * writers are slower than that, readers come to wait longer by themselves, up to 30 s. @default 500
   */
  readonly holeTimeoutMs?: number
  /** How often to look for events that other processes appended, should the change stream miss them, in milliseconds. @default 1_000 */
  readonly pollMs?: number
  /** The most events that may wait to be written; past it appends fail with `StoreOverloaded`. @default 100_000 */
  readonly maxWaiting?: number
  /** @default the machine's */
  readonly runtime?: Runtime
}

/** The log's own options with every default in place. */
export type LogSettings = Required<Pick<MongodbEventLogOptions, 'appendTimeoutMs' | 'holeTimeoutMs' | 'pollMs' | 'maxWaiting' | 'runtime'>>

/** @throws {DefinitionInvalid} Names all that is wrong. */
export function readOptions(options: MongodbEventLogOptions): LogSettings {
  const { appendTimeoutMs = 10_000, holeTimeoutMs = 500, pollMs = 1_000, maxWaiting = 100_000, runtime = systemRuntime } = options
  const faults: string[] = []
  if (typeof appendTimeoutMs !== 'number' || !(appendTimeoutMs >= 0)) faults.push('appendTimeoutMs is no number from 0')
  if (typeof holeTimeoutMs !== 'number' || !(holeTimeoutMs > 0)) faults.push('holeTimeoutMs is no number above 0')
  if (typeof pollMs !== 'number' || !(pollMs > 0)) faults.push('pollMs is no number above 0')
  if (typeof maxWaiting !== 'number' || !(maxWaiting >= 1)) faults.push('maxWaiting is no number from 1')
  if (faults.length > 0)
    throw new DefinitionInvalid({
      subject: 'MongoDB event log',
      reason: faults.join('; '),
      remedy: 'Correct the options given to mongodbEventLog().',
    })
  return { appendTimeoutMs, holeTimeoutMs, pollMs, maxWaiting, runtime }
}
