import { isDeepStrictEqual } from 'node:util'
import { ContractViolation } from '../errors/contract-errors.ts'
import { appendPath, parse, type Schema } from './schema.ts'

interface UnknownField {
  readonly path: string
  readonly steps: readonly PropertyKey[]
}

/** How many fields missing in an output are looked at one by one. */
const mostChecked = 32

/**
 * Refuses fields that the schema did not know. Most schemas strip them in silence, and a misspelt optional field would be
 * lost without a word; so a key of the value that is missing in the parsed output is a fault.
 *
 * For data whose shape parsing keeps, as that of events.
 *
 * @throws {ContractViolation} Every unknown field, with its path.
 */
export function refuseUnknownFields(value: unknown, parsed: unknown, subject: string): void {
  refuse(unknownFields(value, parsed), subject)
}

/**
 * As {@link refuseUnknownFields}, for a schema that may make something else of the fields it knows: one that is missing in the
 * output counts as known when leaving it out changes the output.
 *
 * @throws {ContractViolation} Every unknown field, with its path.
 */
export async function refuseIgnoredFields(
  schema: Schema<unknown, unknown>,
  value: unknown,
  parsed: unknown,
  subject: string,
): Promise<void> {
  const missing = unknownFields(value, parsed)
  if (missing.length === 0) return
  // Thousands of fields must not buy a parse each.
  if (missing.length > mostChecked) refuse(missing, subject)
  // Mostly it is a misspelt name, and one more parse tells.
  const withoutAll = missing.reduce((left, field) => withoutField(left, field.steps), value)
  if (isDeepStrictEqual(await outputOf(schema, withoutAll, subject), parsed)) refuse(missing, subject)
  const ignored: UnknownField[] = []
  for (const field of missing) {
    const without = await outputOf(schema, withoutField(value, field.steps), subject)
    // Parsed once more afterwards: where time or chance is in the output a difference proves nothing, and the field is refused.
    if (isDeepStrictEqual(without, parsed) || !isDeepStrictEqual(await outputOf(schema, value, subject), parsed)) ignored.push(field)
  }
  refuse(ignored, subject)
}

function refuse(fields: readonly UnknownField[], subject: string): void {
  if (fields.length > 0) throw new ContractViolation({ subject, faults: fields.map(({ path }) => ({ path, message: 'unknown field' })) })
}

function unknownFields(value: unknown, parsed: unknown): readonly UnknownField[] {
  const found: UnknownField[] = []
  compare(value, parsed, { path: '', steps: [] }, found)
  return found
}

function compare(value: unknown, parsed: unknown, at: UnknownField, found: UnknownField[]): void {
  if (value === parsed || typeof value !== 'object' || typeof parsed !== 'object' || value === null || parsed === null) return
  if (Array.isArray(value)) {
    if (Array.isArray(parsed)) for (let i = 0; i < value.length; i++) compare(value[i], parsed[i], step(at, i), found)
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue
    if (Object.hasOwn(parsed, key)) compare(inner, (parsed as Record<string, unknown>)[key], step(at, key), found)
    else found.push(step(at, key))
  }
}

function step(at: UnknownField, key: PropertyKey): UnknownField {
  return { path: appendPath(at.path, key), steps: [...at.steps, key] }
}

/** Undefined where the value does not fit without the field: then the schema needs it. */
async function outputOf(schema: Schema<unknown, unknown>, value: unknown, subject: string): Promise<unknown> {
  try {
    return await parse(schema, value, subject)
  } catch (error) {
    if (error instanceof ContractViolation) return undefined
    throw error
  }
}

function withoutField(value: unknown, steps: readonly PropertyKey[]): unknown {
  const [key, ...deeper] = steps
  if (key === undefined || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? withoutField(item, deeper) : item))
  const fields = Object.entries(value).filter(([name]) => deeper.length > 0 || name !== key)
  return Object.fromEntries(fields.map(([name, inner]) => [name, name === key ? withoutField(inner, deeper) : inner]))
}
