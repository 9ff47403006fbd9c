import type { Fault } from '@tidings/core'
import { BadRequest } from '../failures/bad-request.ts'
import { fieldsOf } from '../schemas/fields-of.ts'
import type { JsonSchema } from '../schemas/json-schema.ts'
import { type TextReader, textReader } from '../schemas/text-reader.ts'

/** Reads the value of one field of path or query. */
export type ReadField = (name: string, value: unknown) => unknown

/** Reads fields as the schema of the input asks for them. Fields that it does not know stay texts. */
export function fieldReader(input: JsonSchema): ReadField {
  const { known, others } = fieldsOf(input, input)
  const readers = new Map([...known].map(([name, { schema }]): [string, TextReader] => [name, textReader(schema, input)]))
  const further = others === undefined ? (value: unknown) => value : textReader(others, input)
  return (name, value) => (readers.get(name) ?? further)(value)
}

/**
 * Puts the input of an operation together from the path, the query and the body of a request to its public route.
 *
 * @param read Reads the texts of path and query.
 * @throws {BadRequest} Status 400: a field comes twice, or there is a body that fields cannot be added to.
 */
export function publicInput(parts: { readonly path: unknown; readonly query: unknown; readonly body: unknown }, read: ReadField): unknown {
  const fields = [...Object.entries(parts.path ?? {}).map(from('path')), ...Object.entries(parts.query ?? {}).map(from('query'))]
  if (fields.length === 0) return parts.body === undefined ? {} : parts.body
  if (parts.body !== undefined && (typeof parts.body !== 'object' || parts.body === null || Array.isArray(parts.body))) {
    throw refused([{ path: '', message: 'is not an object, so the fields of the path and query have no place in it' }])
  }
  // Without a prototype: a key like __proto__ stays a field, for the check of the input to find.
  const input: Record<string, unknown> = Object.assign(Object.create(null), { ...parts.body })
  const origins = new Map(Object.keys(input).map((key) => [key, 'body']))
  const faults: Fault[] = []
  for (const { key, value, origin } of fields) {
    const other = origins.get(key)
    if (other !== undefined) faults.push({ path: key, message: `comes in the ${other} and in the ${origin}` })
    origins.set(key, origin)
    input[key] = read(key, value)
  }
  if (faults.length > 0) throw refused(faults)
  return input
}

function from(origin: 'path' | 'query'): (entry: [string, unknown]) => { key: string; value: unknown; origin: 'path' | 'query' } {
  return ([key, value]) => ({ key, value, origin })
}

function refused(faults: readonly Fault[]): BadRequest {
  const listed = faults.map((fault) => `${fault.path === '' ? 'The body' : fault.path} ${fault.message}`).join('; ')
  return new BadRequest({ code: 'CONTRACT_VIOLATION', status: 400, message: `${listed}. Send each field once.`, faults })
}
