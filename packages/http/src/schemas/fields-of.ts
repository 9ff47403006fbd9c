import { isJsonSchema, type JsonSchema, resolved, schemasIn } from './json-schema.ts'

/** One field of an object. */
interface Field {
  readonly schema: JsonSchema
  readonly required: boolean
}

/** The fields that an object may have. */
export interface Fields {
  readonly known: ReadonlyMap<string, Field>
  /** What further fields may be; undefined where the schema names all there are. */
  readonly others: JsonSchema | undefined
}

/** Keywords with which more fields may be meant than can be listed. */
const open = ['patternProperties', 'unevaluatedProperties', 'if', 'then', 'else', 'dependentSchemas']

/** Reads the fields of an object out of its schema: its own and those of `allOf`, `anyOf` and `oneOf`. */
export function fieldsOf(schema: JsonSchema, document: JsonSchema): Fields {
  const own = resolved(schema, document)
  const parts = [...ownFields(own), ...schemasIn(own, 'allOf').map((part) => fieldsOf(part, document))]
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = schemasIn(own, keyword).map((branch) => fieldsOf(branch, document))
    if (branches.length > 0) parts.push(together(branches, 'anyOf', (fields) => branches.every((branch) => isRequired(branch, fields))))
  }
  // Nothing is said of it at all, so it may be an object of any fields.
  if (parts.length === 0) return { known: new Map(), others: own.type === undefined || admits(own, 'object') ? {} : undefined }
  return together(parts, 'allOf', (name) => parts.some((part) => isRequired(part, name)))
}

function ownFields(schema: JsonSchema): Fields[] {
  const { properties, additionalProperties, required } = schema
  const isOpen = open.some((keyword) => keyword in schema)
  if (!isJsonSchema(properties) && additionalProperties === undefined && !isOpen) return []
  const names = Array.isArray(required) ? required : []
  const known = Object.entries(isJsonSchema(properties) ? properties : {}).map(
    ([name, field]) => [name, { schema: isJsonSchema(field) ? field : {}, required: names.includes(name) }] as const,
  )
  const further = isJsonSchema(additionalProperties) ? additionalProperties : additionalProperties === true || isOpen ? {} : undefined
  return [{ known: new Map(known), others: further }]
}

function together(parts: readonly Fields[], keyword: 'allOf' | 'anyOf', required: (name: string) => boolean): Fields {
  const schemas = new Map<string, JsonSchema[]>()
  for (const { known } of parts) {
    for (const [name, { schema }] of known) {
      const others = schemas.get(name) ?? []
      if (!others.some((other) => JSON.stringify(other) === JSON.stringify(schema))) others.push(schema)
      schemas.set(name, others)
    }
  }
  const known = [...schemas].map(([name, list]): [string, Field] => {
    const [only = {}, ...more] = list
    return [name, { schema: more.length === 0 ? only : { [keyword]: list }, required: required(name) }]
  })
  return { known: new Map(known), others: parts.find(({ others }) => others !== undefined)?.others }
}

function isRequired({ known }: Fields, name: string): boolean {
  return known.get(name)?.required === true
}

function admits(schema: JsonSchema, type: string): boolean {
  return Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type
}
