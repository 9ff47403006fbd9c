export type { GuardedAccess } from './frameworks/decide.ts'
export { type ExpressGuard, guard } from './frameworks/express.ts'
