import { defineConfig } from 'tsup'
import { buildOf } from '../../tsup.base.ts'

export default defineConfig(
  buildOf({
    index: 'src/index.ts',
    gateway: 'src/gateway.ts',
    express: 'src/express.ts',
    fastify: 'src/fastify.ts',
    fetch: 'src/fetch.ts',
    hono: 'src/hono.ts',
    'verify-compact': 'src/verify-compact.ts',
    issuer: 'src/issuer.ts',
    'issuer-mongodb': 'src/issuer-mongodb.ts',
  }),
)
