import type { Runtime } from '@tidings/core'

/** Where and how a log on SQLite is kept. */
export interface SqliteEventLogOptions {
  /** The file; its folder is made. Several processes on one machine may use the same one. */
  readonly file: string
  /** How long an append waits for the lock that another process holds, in milliseconds. @default 10_000 */
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
