import type { Access, HttpRoute } from '@tidings/core'
import { isBodyless, pathNames, type RouteShape } from '../schemas/check-route.ts'
import { fieldsOf } from '../schemas/fields-of.ts'
import type { JsonSchema } from '../schemas/json-schema.ts'
import { typesOf } from '../schemas/text-reader.ts'
import { withoutFields } from '../schemas/without-fields.ts'
import { isGuarded, responsesOf } from './responses.ts'

/** The schemas of an operation, written for the document. */
export interface OperationSchemas {
  readonly input: JsonSchema
  readonly output: JsonSchema
  readonly errors: ReadonlyMap<string, JsonSchema>
  readonly problem: JsonSchema
  /** Where references lead. */
  readonly document: JsonSchema
}

/** A public route. */
export type PublicRoute = RouteShape & { readonly route: HttpRoute }

/**
 * Describes one public route.
 *
 * @param templateNames What the path calls its parameters, in their order: another route of the same shape may have named them first.
 */
export function operationObject(entry: PublicRoute, templateNames: readonly string[], schemas: OperationSchemas): JsonSchema {
  const { service, name, operation, method, path, route } = entry
  const fields = fieldsOf(schemas.input, schemas.document)
  const inPath = pathNames(path)
  const rest = [...fields.known].filter(([field]) => !inPath.includes(field))
  const inQuery = isBodyless(method)
  const isObject = typesOf(schemas.input, schemas.document).includes('object')
  // With all fields in the path nothing is left to be sent.
  const hasBody = !inQuery && !(isObject && rest.length === 0 && fields.others === undefined)
  const parameters = [
    ...inPath.map((field, at) =>
      parameter('path', templateNames[at] ?? field, fields.known.get(field)?.schema ?? fields.others ?? {}, true),
    ),
    ...(inQuery ? rest.map(([field, { schema, required }]) => parameter('query', field, schema, required)) : []),
    ...(inQuery && fields.others !== undefined ? [furtherFields(fields.others)] : []),
    ...(operation.kind === 'command' ? [{ $ref: '#/components/parameters/Idempotency-Key' }] : []),
  ]
  return {
    operationId: `${service}.${name}`,
    tags: [service],
    ...(operation.description === undefined ? {} : { description: operation.description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody
      ? { requestBody: requestBody(schemas, inPath, !isObject || rest.some(([, { required }]) => required), route.takesForms === true) }
      : {}),
    ...securityOf(operation.access),
    responses: responsesOf({ ...schemas, route, kind: operation.kind, hasBody, access: operation.access }),
  }
}

/** An access token, which is no condition where the operation takes anyone. */
function securityOf(access: Access | undefined): JsonSchema {
  const bearer = { bearer: [] }
  if (access === 'optional') return { security: [bearer, {}] }
  return isGuarded(access) ? { security: [bearer] } : {}
}

function parameter(place: 'path' | 'query', name: string, { description, ...schema }: JsonSchema, required: boolean): JsonSchema {
  return {
    name,
    in: place,
    ...(typeof description === 'string' ? { description } : {}),
    ...(required ? { required } : {}),
    schema,
  }
}

/** Fields that the schema takes without naming them. */
function furtherFields(schema: JsonSchema): JsonSchema {
  const map = { type: 'object', additionalProperties: schema }
  return { name: 'fields', in: 'query', description: 'Further fields, each under its own name.', style: 'form', explode: true, schema: map }
}

function requestBody({ input, document }: OperationSchemas, inPath: readonly string[], required: boolean, takesForms: boolean): JsonSchema {
  const schema = withoutFields(input, inPath, document)
  const forms = takesForms ? { 'application/x-www-form-urlencoded': { schema } } : {}
  return { required, content: { 'application/json': { schema }, ...forms } }
}
