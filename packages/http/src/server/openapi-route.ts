import type { Contract, Logger } from '@tidings/core'
import type { FastifyInstance } from 'fastify'
import { openApiDocument } from '../openapi/openapi-document.ts'
import type { OpenApiOptions } from '../openapi/options.ts'
import { openApiPath } from './route-table.ts'

/** Serves the description of the public routes. It is written once, for the contracts do not change while the server runs. */
export function addOpenApi(app: FastifyInstance, contracts: readonly Contract[], options: OpenApiOptions, logger: Logger): void {
  const document = openApiDocument(contracts, options, (subject, reason) =>
    logger.warn(`${openApiPath} describes ${subject} more loosely than it is checked: ${reason}.`),
  )
  const text = JSON.stringify(document)
  app.get(openApiPath, async (_, reply) => reply.type('application/json').send(text))
}
