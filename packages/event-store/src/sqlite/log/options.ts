import { resolve } from 'node:path'
import { DefinitionInvalid, type Runtime, systemRuntime } from '@tidings/core'
import { watchFile } from './watch-file.ts'

/** Where and how a log on SQLite is kept. */
export interface SqliteEventLogOptions {
  /** The file; its folder is made. Several processes on one machine may use the same one. */
  readonly file: string
  /** How long an append waits until the file can be written, in milliseconds: for the lock that another process holds, for one. @default 10_000 */
  readonly appendTimeoutMs?: number
  /** How often to look for events that other processes appended, should the file watch miss them, in milliseconds. @default 1_000 */
  readonly pollMs?: number
  /** The most events that may wait to be written; past it appends fail with `StoreOverloaded`. @default 100_000 */
  readonly maxWaiting?: number
  /** @default the machine's */
  readonly runtime?: Runtime
  /** Calls back when the file may have changed. @default a watch of its folder */
  readonly watch?: (file: string, onChange: () => void) => Disposable
}

/** The options with every default in place. */
export type LogSettings = Required<SqliteEventLogOptions>

/** @throws {DefinitionInvalid} Names all that is wrong. */
export function readOptions(options: SqliteEventLogOptions): LogSettings {
  const { file, appendTimeoutMs = 10_000, pollMs = 1_000, maxWaiting = 100_000, runtime = systemRuntime, watch = watchFile } = options
  const faults: string[] = []
  if (typeof file !== 'string' || file === '' || file.includes('\0')) faults.push('file is no path')
  // SQLite would open these as databases in memory, one for each connection.
  else if (file === ':memory:' || file.startsWith('file:')) faults.push('file must be a path; for a log in memory use memoryEventLog()')
  if (typeof appendTimeoutMs !== 'number' || !(appendTimeoutMs >= 0)) faults.push('appendTimeoutMs is no number from 0')
  if (typeof pollMs !== 'number' || !(pollMs > 0)) faults.push('pollMs is no number above 0')
  if (typeof maxWaiting !== 'number' || !(maxWaiting >= 1)) faults.push('maxWaiting is no number from 1')
  if (faults.length > 0)
    throw new DefinitionInvalid({
      subject: 'SQLite event log',
      reason: faults.join('; '),
      remedy: 'Correct the options given to sqliteEventLog().',
    })
  // The whole path: the file is opened later, and the process may have gone to another folder.
  return { file: resolve(file), appendTimeoutMs, pollMs, maxWaiting, runtime, watch }
}
