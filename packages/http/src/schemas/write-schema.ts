import type { Schema } from '@tidings/core'
import { isJsonSchema, type JsonSchema } from './json-schema.ts'

type Direction = 'input' | 'output'

/**
 * Writes a schema as JSON Schema of draft 2020-12: of the values that it takes, or of those that it makes. Undefined leaves it to
 * the schema itself. May throw what it cannot express.
 */
export type WriteJsonSchema = (
  schema: Schema<unknown, unknown>,
  direction: 'input' | 'output',
) => Readonly<Record<string, unknown>> | undefined

/** A schema as JSON Schema. */
export interface WrittenSchema {
  readonly schema: JsonSchema
  /** Why parts of it are written as "anything"; undefined where all is expressed. */
  readonly loose: string | undefined
}

/** @see https://standardschema.dev/json-schema */
interface StandardJsonSchema {
  readonly vendor: string
  readonly jsonSchema?: Readonly<
    Record<Direction, (options: { target: 'draft-2020-12'; libraryOptions?: Readonly<Record<string, unknown>> }) => unknown>
  >
}

/** What stands where nothing can be said: it allows everything, and says so. */
const looseSchema: JsonSchema = Object.freeze({
  description: 'What the service takes or gives here cannot be written as JSON Schema; it is checked all the same.',
  'x-tidings-loose': true,
})

/**
 * Writes a schema as JSON Schema: by `own` where that is given and answers, else by Standard JSON Schema. What cannot be
 * expressed is written as a schema that allows anything and is marked: with zod the part in question, with other libraries the whole.
 *
 * Never throws, for no service should fail for its documentation.
 */
export function writeSchema(schema: Schema<unknown, unknown>, direction: Direction, own?: WriteJsonSchema): WrittenSchema {
  // Whoever implements Standard JSON Schema has it beside `validate`.
  const standard = schema['~standard'] as StandardJsonSchema
  try {
    const written = own?.(schema, direction) ?? standard.jsonSchema?.[direction]({ target: 'draft-2020-12' })
    if (isJsonSchema(written)) return { schema: written, loose: undefined }
    return { schema: looseSchema, loose: `${standard.vendor} offers no Standard JSON Schema` }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { schema: (standard.vendor === 'zod' ? looseParts(standard, direction) : undefined) ?? looseSchema, loose: reason }
  }
}

/** Types of zod that come out as `{}` when zod is told to let them pass. */
const inexpressible = new Set(['bigint', 'symbol', 'undefined', 'void', 'date', 'map', 'set', 'nan', 'custom', 'transform', 'function'])

/** Everything that zod can express, and the rest marked. */
function looseParts(standard: StandardJsonSchema, direction: Direction): JsonSchema | undefined {
  const override = (at: { zodSchema: { _zod: { def: { type: string } } }; jsonSchema: Record<string, unknown> }): void => {
    if (inexpressible.has(at.zodSchema._zod.def.type)) Object.assign(at.jsonSchema, looseSchema)
  }
  try {
    const written = standard.jsonSchema?.[direction]({
      target: 'draft-2020-12',
      libraryOptions: { unrepresentable: 'any', override },
    })
    return isJsonSchema(written) ? written : undefined
  } catch {
    return undefined
  }
}
