export type { GuardedAccess } from './frameworks/decide.ts'
export { guard } from './frameworks/fetch.ts'
