export { MemoryDatabase } from './database.ts'
export { memoryEventLog } from './event-log.ts'
export type { MemoryHandle } from './handle.ts'
export { memory } from './ledger.ts'
