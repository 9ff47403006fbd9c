import { isJsonSchema, type JsonSchema, resolved } from './json-schema.ts'

/** The schema of an object of which some fields come from elsewhere. */
export function withoutFields(schema: JsonSchema, names: readonly string[], document: JsonSchema): JsonSchema {
  if (names.length === 0) return schema
  const own: Record<string, unknown> = { ...resolved(schema, document) }
  if (isJsonSchema(own.properties)) {
    own.properties = Object.fromEntries(Object.entries(own.properties).filter(([name]) => !names.includes(name)))
  }
  if (Array.isArray(own.required)) {
    const required = own.required.filter((name) => !names.includes(name))
    if (required.length > 0) own.required = required
    else delete own.required
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const inner = own[keyword]
    if (Array.isArray(inner)) own[keyword] = inner.map((part) => (isJsonSchema(part) ? withoutFields(part, names, document) : part))
  }
  return own
}
