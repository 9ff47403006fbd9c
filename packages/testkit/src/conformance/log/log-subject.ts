import type { EventLog } from '@tidings/core'

/** How the cases get at the log that they judge. */
export interface LogSubject {
  /** A new, empty log. */
  open(): Promise<EventLog>
  /**
   * Another handle on the log that was opened, as another process has it; it may be asked for when all others are closed. The
   * same object where a log has one handle only.
   */
  reopen(log: EventLog): Promise<EventLog>
  /** After how long something that does not happen counts as never happening, in milliseconds. @default 10_000 */
  readonly patienceMs?: number
}
