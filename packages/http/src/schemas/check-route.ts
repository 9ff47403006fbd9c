import { type AnyOperation, DefinitionInvalid } from '@tidings/core'
import { fieldsOf } from './fields-of.ts'
import type { JsonSchema } from './json-schema.ts'
import { typesOf } from './text-reader.ts'

/** What of a public route decides where its fields come from. */
export interface RouteShape {
  readonly method: string
  readonly path: string
  readonly service: string
  readonly name: string
  readonly operation: AnyOperation
}

/** The names of the parameters in a path, in their order. */
export function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/:([A-Za-z][A-Za-z0-9]*)/g)].map(([, name = '']) => name)
}

/** Whether fields that are not in the path come in the query, because requests of this method have no body. */
export function isBodyless(method: string): boolean {
  return method === 'GET' || method === 'DELETE'
}

/**
 * Refuses a route that could never be called well.
 *
 * @throws {DefinitionInvalid} A parameter of the path is no field of the input, or a field cannot stand where it would come from.
 */
export function checkRoute({ method, path, service, name }: RouteShape, input: JsonSchema): void {
  const subject = `route ${method} ${path} of ${service}.${name}`
  const { known, others } = fieldsOf(input, input)
  const names = pathNames(path)
  for (const part of names) {
    const schema = known.get(part)?.schema ?? others
    if (schema === undefined) {
      const remedy = 'Name the parameter of the path like a field of the input.'
      throw new DefinitionInvalid({ subject, reason: `:${part} is no field of its input`, remedy })
    }
    if (!typesOf(schema, input).some((type) => type === 'string' || type === 'number' || type === 'boolean')) {
      throw new DefinitionInvalid({ subject, reason: `:${part} is neither text nor number`, remedy: 'Take another field into the path.' })
    }
  }
  if (!isBodyless(method)) return
  const remedy = 'Give it the method POST, PUT or PATCH, whose fields come in a body.'
  if (!typesOf(input, input).includes('object')) {
    throw new DefinitionInvalid({ subject, reason: 'its input is no object, and a query has fields only', remedy })
  }
  for (const [field, { schema }] of known) {
    const types = typesOf(schema, input)
    if (!names.includes(field) && types.every((type) => type === 'object' || type === 'null')) {
      throw new DefinitionInvalid({ subject, reason: `its field ${field} is an object, which no query can hold`, remedy })
    }
  }
}
