/** A JSON Schema of draft 2020-12, the one of OpenAPI 3.1, as an object of keywords. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** Keywords whose values map names to schemas. */
const maps = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])
/** Keywords whose values are data, whatever they look like. */
const data = new Set(['const', 'default', 'enum', 'examples', 'example'])

/** Whether a value is a schema as an object; `true` and `false` are schemas too, of which nothing can be read. */
export function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schemas in a keyword such as `anyOf`. */
export function schemasIn(schema: JsonSchema, keyword: string): readonly JsonSchema[] {
  const value = schema[keyword]
  return Array.isArray(value) ? value.filter(isJsonSchema) : []
}

/** The same schema with each schema in it changed, itself included. Data that looks like a schema stays as it is. */
export function mapSchemas(schema: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const mapped: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(change(schema))) {
    if (data.has(keyword)) mapped[keyword] = value
    else if (maps.has(keyword) && isJsonSchema(value)) {
      mapped[keyword] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapWithin(inner, change)]))
    } else mapped[keyword] = mapWithin(value, change)
  }
  return mapped
}

function mapWithin(value: unknown, change: (schema: JsonSchema) => JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => mapWithin(item, change))
  return isJsonSchema(value) ? mapSchemas(value, change) : value
}

/** What a reference such as `#/$defs/Order` leads to in a document; undefined where it leads nowhere or out of it. */
function lookUp(reference: string, document: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith('#')) return undefined
  let found: unknown = document
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Record<string, unknown>)[key]
  }
  return isJsonSchema(found) ? found : undefined
}

/** The schema itself, or what it refers to. */
export function resolved(schema: JsonSchema, document: JsonSchema): JsonSchema {
  let found = schema
  for (let steps = 0; typeof found.$ref === 'string' && steps < 32; steps++) found = lookUp(found.$ref, document) ?? {}
  return found
}
