import type { Fault } from '@tidings/core'
import { BadRequest } from '../failures/bad-request.ts'

/**
 * Puts the input of an operation together from the path, the query and the body of a request to its public route. Values of
 * path and query stay the texts they are; a schema that wants numbers coerces them.
 *
 * @throws {BadRequest} Status 400: a field comes twice, or there is a body that fields cannot be added to.
 */
export function publicInput(parts: { readonly path: unknown; readonly query: unknown; readonly body: unknown }): unknown {
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
    input[key] = value
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
