export type { GuardedAccess } from './frameworks/decide.ts'
export { type FastifyGuard, type FastifyReplyLike, type FastifyRequestLike, guard } from './frameworks/fastify.ts'
