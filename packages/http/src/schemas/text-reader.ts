import { isJsonSchema, type JsonSchema, resolved, schemasIn } from './json-schema.ts'

/** Reads what a path or query says, which knows only texts, as the value that a schema asks for. */
export type TextReader = (value: unknown) => unknown

const everyType = Object.freeze(['string', 'number', 'boolean', 'null', 'array', 'object'])
const numberPattern = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/

/**
 * A reader for one field. Numbers and booleans are read where the schema takes them and takes no text; one text is a list of
 * one where it takes lists only. Whatever is no such value stays a text, for the check of the input to refuse.
 */
export function textReader(schema: JsonSchema, document: JsonSchema): TextReader {
  const types = typesOf(schema, document)
  const items = itemReader(schema, document)
  const readList = (values: readonly unknown[]): unknown => (types.includes('array') ? values.map(items) : values)
  return (value) => {
    if (Array.isArray(value)) return readList(value)
    if (typeof value !== 'string' || types.includes('string')) return value
    if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true'
    const number = types.includes('number') ? numberOf(value) : undefined
    return number ?? (types.includes('array') ? readList([value]) : value)
  }
}

/** The types that a schema lets through, an integer being a number; all of them where it does not say. */
export function typesOf(schema: JsonSchema, document: JsonSchema): readonly string[] {
  const own = resolved(schema, document)
  let types = ownTypes(own)
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = schemasIn(own, keyword)
    if (branches.length === 0) continue
    const taken = new Set(branches.flatMap((branch) => typesOf(branch, document)))
    types = types.filter((type) => taken.has(type))
  }
  for (const part of schemasIn(own, 'allOf')) {
    const taken = typesOf(part, document)
    types = types.filter((type) => taken.includes(type))
  }
  return types
}

function ownTypes({ type, ...schema }: JsonSchema): readonly string[] {
  if (type !== undefined) return [type].flat().map((one) => (one === 'integer' ? 'number' : String(one)))
  const values = 'const' in schema ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined
  return values?.map((value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)) ?? everyType
}

function itemReader(schema: JsonSchema, document: JsonSchema): (value: unknown, at: number) => unknown {
  const own = resolved(schema, document)
  const lists = [own, ...['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => schemasIn(own, keyword))]
  const list = lists.map((one) => resolved(one, document)).find((one) => 'items' in one || 'prefixItems' in one)
  if (list === undefined) return (value) => value
  const first = schemasIn(list, 'prefixItems').map((item) => textReader(item, document))
  const further = isJsonSchema(list.items) ? textReader(list.items, document) : (value: unknown) => value
  return (value, at) => (first[at] ?? further)(value)
}

/** Undefined for what is no number, and for one that would lose digits. */
function numberOf(text: string): number | undefined {
  if (!numberPattern.test(text)) return undefined
  const number = Number(text)
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return undefined
  return number
}
