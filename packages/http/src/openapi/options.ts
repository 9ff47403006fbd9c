import type { WriteJsonSchema } from '../schemas/write-schema.ts'

/** What a document of OpenAPI says beside the contracts. */
export interface OpenApiOptions {
  /** @default the names of the services */
  readonly title?: string
  /** The version of what is described. @default a digest of the document, which changes whenever something in it does */
  readonly version?: string
  readonly description?: string
  /** Where clients reach the routes, such as `https://shop.example/api`. @default where the document came from */
  readonly servers?: readonly string[]
  /**
   * Writes schemas of libraries that do not follow Standard JSON Schema (zod does from 4.2 on), such as `z.toJSONSchema` of an
   * older zod: `(schema, io) => z.toJSONSchema(schema, { io })`. Asked first; undefined leaves the schema to the standard.
   *
   * @see https://standardschema.dev/json-schema
   */
  readonly jsonSchema?: WriteJsonSchema
}
