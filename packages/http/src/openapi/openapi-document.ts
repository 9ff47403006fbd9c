import { createHash } from 'node:crypto'
import type { AnyOperation, Contract, Schema } from '@tidings/core'
import { pathNames } from '../schemas/check-route.ts'
import { type JsonSchema, mapSchemas } from '../schemas/json-schema.ts'
import { writeSchema } from '../schemas/write-schema.ts'
import { Components } from './components.ts'
import { operationObject, type PublicRoute } from './operation-object.ts'
import type { OpenApiOptions } from './options.ts'
import { problemSchema } from './problem-schema.ts'

/** A document of OpenAPI 3.1, as JSON. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers?: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/**
 * Describes the public routes of some contracts in OpenAPI 3.1: what `httpServer` serves at `/openapi.json`. Operations without
 * a public route are for other services, and are left out.
 *
 * A schema that JSON Schema cannot express is written as one that allows anything and carries `x-tidings-loose: true`.
 *
 * @param onLoose Told of each such schema, and why.
 * @see https://spec.openapis.org/oas/v3.1.1
 */
export function openApiDocument(
  contracts: readonly Contract[],
  options: OpenApiOptions = {},
  onLoose: (subject: string, reason: string) => void = () => {},
): OpenApiDocument {
  const components = new Components()
  const problem = components.set('Problem', problemSchema)
  const write = (schema: Schema<unknown, unknown>, direction: 'input' | 'output', what: string): JsonSchema => {
    const { schema: written, loose } = writeSchema(schema, direction, options.jsonSchema)
    if (loose !== undefined) onLoose(what, loose)
    return components.take(direction === 'output' ? mapSchemas(written, growing) : written, what)
  }
  const paths = new Map<string, { readonly names: readonly string[]; template: string; operations: Record<string, JsonSchema> }>()
  for (const entry of publicRoutes(contracts)) {
    const subject = `${entry.service}.${entry.name}`
    const input = write(entry.operation.input, 'input', `${subject}.input`)
    const output = write(entry.operation.output, 'output', `${subject}.output`)
    const errors = Object.entries(entry.operation.errors).map(
      ([reason, schema]) => [reason, write(schema, 'output', `${subject}.${reason}`)] as const,
    )
    const shape = entry.path.replace(/:[^/]+/g, ':')
    const known = paths.get(shape) ?? {
      names: pathNames(entry.path),
      template: entry.path.replace(/:([^/]+)/g, '{$1}'),
      operations: {},
    }
    const document = { components: { schemas: components.schemas } }
    known.operations[entry.method.toLowerCase()] = operationObject(entry, known.names, {
      input,
      output,
      errors: new Map(errors),
      problem,
      document,
    })
    paths.set(shape, known)
  }
  const body = {
    ...(options.servers === undefined ? {} : { servers: options.servers.map((url) => ({ url })) }),
    paths: Object.fromEntries([...paths.values()].map(({ template, operations }) => [template, operations])),
    components: {
      schemas: components.schemas,
      parameters: { 'Idempotency-Key': idempotencyKey },
      headers: { 'Retry-After': retryAfter },
      ...securityIn(contracts),
    },
  }
  const info = {
    title: options.title ?? contracts.map(({ name }) => name).join(', '),
    version: options.version ?? createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 12),
    ...(options.description === undefined ? {} : { description: options.description }),
  }
  return { openapi: '3.1.1', info, ...body }
}

/** A later version may answer more, which clients are to ignore; so no object that is answered is closed. */
function growing(schema: JsonSchema): JsonSchema {
  if (schema.additionalProperties !== false) return schema
  const { additionalProperties: _, ...rest } = schema
  return rest
}

const idempotencyKey = Object.freeze({
  name: 'Idempotency-Key',
  in: 'header',
  description: 'With a key the command takes effect once, however often it is sent. Choose a new one for each new command.',
  schema: { type: 'string', minLength: 1, maxLength: 512 },
})

const retryAfter = Object.freeze({ description: 'When to come back, in seconds.', schema: { type: 'integer', minimum: 1 } })

/** Access tokens, where an operation asks for one. */
function securityIn(contracts: readonly Contract[]): Record<string, JsonSchema> {
  const asks = publicRoutes(contracts).some(({ operation: { access } }) => access !== undefined && access !== 'public')
  return asks ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } : {}
}

function publicRoutes(contracts: readonly Contract[]): readonly PublicRoute[] {
  return contracts.flatMap((contract) =>
    Object.entries(contract.operations as Record<string, AnyOperation>).flatMap(([name, operation]) => {
      if (operation.http === undefined) return []
      const [method = '', path = ''] = operation.http.route.split(' ')
      return [{ service: contract.name, name, operation, method, path, route: operation.http }]
    }),
  )
}
