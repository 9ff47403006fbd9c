export type { GuardedAccess } from './frameworks/decide.ts'
export { guard, type HonoContextLike, type HonoGuard } from './frameworks/hono.ts'
