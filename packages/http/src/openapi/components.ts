import { isJsonSchema, type JsonSchema, mapSchemas } from '../schemas/json-schema.ts'

/** The schemas that others in the document refer to. */
export class Components {
  readonly #schemas = new Map<string, JsonSchema>()

  /** All of them, by name. */
  get schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Keeps a schema under a name and answers the reference to it. */
  set(name: string, schema: JsonSchema): JsonSchema {
    this.#schemas.set(name, schema)
    return { $ref: referenceTo(name) }
  }

  /**
   * Takes a schema into the document: what it defines becomes components, and its references lead there.
   *
   * @param name Names what has no name of its own, and what shares its name with something else.
   */
  take(written: JsonSchema, name: string): JsonSchema {
    const { $schema, $id, $defs, definitions, ...root } = written
    const inner = Object.entries({ ...asMap(definitions), ...asMap($defs) })
    const taken = this.#renamed(root, inner, name, (key) => (key.startsWith('__') ? own(name, key) : safe(key)))
    const chosen = taken.defs.every(([key, schema]) => this.#isFree(key, schema))
      ? taken
      : this.#renamed(root, inner, name, (key) => own(name, key))
    for (const [key, schema] of chosen.defs) this.#schemas.set(key, schema)
    return chosen.refersToItself ? this.set(name, chosen.root) : chosen.root
  }

  #renamed(root: JsonSchema, inner: readonly [string, JsonSchema][], name: string, rename: (key: string) => string) {
    let refersToItself = false
    const replace = (reference: string): string => {
      const [, key, rest = ''] = /^#\/(?:\$defs|definitions)\/([^/]+)(.*)$/.exec(reference) ?? []
      if (key !== undefined) return `${referenceTo(rename(decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')))}${rest}`
      if (!reference.startsWith('#')) return reference
      refersToItself = true
      return `${referenceTo(name)}${reference.slice(1)}`
    }
    const redirect = (schema: JsonSchema): JsonSchema =>
      typeof schema.$ref === 'string' ? { ...schema, $ref: replace(schema.$ref) } : schema
    const defs = inner.map(([key, schema]) => [rename(key), mapSchemas(schema, redirect)] as const)
    return { root: mapSchemas(root, redirect), defs, refersToItself }
  }

  #isFree(name: string, schema: JsonSchema): boolean {
    const other = this.#schemas.get(name)
    return other === undefined || JSON.stringify(other) === JSON.stringify(schema)
  }
}

function asMap(value: unknown): Record<string, JsonSchema> {
  if (!isJsonSchema(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, schema]) => [key, isJsonSchema(schema) ? schema : {}]))
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`
}

function own(name: string, key: string): string {
  return `${name}.${safe(key).replace(/^_+/, '')}`
}

/** A name as OpenAPI allows it for components. */
function safe(key: string): string {
  return key.replace(/[^A-Za-z0-9._-]/g, '_')
}
