export { type SqliteOptions, sqlite } from './ledger/database.ts'
export type { SqliteHandle, SqliteValue } from './ledger/handle.ts'
export { sqliteEventLog } from './log/event-log.ts'
export type { SqliteEventLogOptions } from './log/options.ts'
