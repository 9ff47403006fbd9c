import { ContractViolation, type Fault } from '../errors/contract-errors.ts'

/**
 * Any schema that follows Standard Schema v1: zod, valibot, arktype and others. Only this part of it is used, so that
 * contracts stay independent of the library and cheap for the type checker.
 *
 * @see https://standardschema.dev
 */
// biome-ignore lint/suspicious/noExplicitAny: the default stands for "whatever schema", which unknown cannot in both directions
export interface Schema<In = any, Out = any> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** Parses a value. */
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>
    readonly types?: { readonly input: In; readonly output: Out } | undefined
  }
}

/** What a schema answers: the parsed value, or the faults it found. */
export type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
      }[]
    }

/** What to say of something that is no schema. */
export function noSchema(what: string): { readonly reason: string; readonly remedy: string } {
  return { reason: `${what} follows no Standard Schema`, remedy: 'Give it a schema of zod 4 or of another library that follows it.' }
}

/** The type that comes out of a schema. */
export type OutputOf<S> = S extends Schema<infer _In, infer Out> ? Out : never

/**
 * Parses a value and answers the schema's output.
 *
 * @param subject What is checked, for the error: `input of orders.placeOrder`.
 * @throws {ContractViolation} Every fault the schema found, with its path.
 */
export async function parse<Out>(schema: Schema<unknown, Out>, value: unknown, subject: string): Promise<Out> {
  const result = parseNow(schema, value, subject)
  return result instanceof Promise ? await result : result
}

/** As {@link parse}, without a turn of the event loop where the schema answers at once. */
export function parseNow<Out>(schema: Schema<unknown, Out>, value: unknown, subject: string): Out | Promise<Out> {
  try {
    return settle(schema['~standard'].validate(value), subject)
  } catch (error) {
    throw violationOf(error, subject)
  }
}

/** The value that a schema answered. @throws {ContractViolation} Every fault it found instead, with its path. */
export function settle<Out>(result: SchemaResult<Out> | Promise<SchemaResult<Out>>, subject: string): Out | Promise<Out> {
  if (result instanceof Promise) {
    return result.then(
      (late) => settle(late, subject),
      (error: unknown) => {
        throw violationOf(error, subject)
      },
    )
  }
  if (result.issues === undefined) return result.value
  throw new ContractViolation({
    subject,
    faults: result.issues.map((issue): Fault => ({ path: pathOf(issue.path), message: issue.message })),
  })
}

/** A schema that calls itself for each level runs out of stack on a value that is nested without end: a fault of the value. */
export function violationOf(error: unknown, subject: string): unknown {
  if (!(error instanceof RangeError) || !error.message.includes('call stack')) return error
  return new ContractViolation({ subject, faults: [{ path: '', message: 'is nested too deeply to be checked' }] })
}

/** Whether a value is a schema that can be used here. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  // Whatever else it is, it may have this one field.
  const standard: unknown = (value as Partial<Schema>)['~standard']
  return typeof standard === 'object' && standard !== null && typeof (standard as { validate?: unknown }).validate === 'function'
}

function pathOf(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  let text = ''
  for (const part of path ?? []) text = appendPath(text, typeof part === 'object' ? part.key : part)
  return text
}

/** Adds one step to a path: `lines` and `2` give `lines[2]`. */
export function appendPath(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`
  return path === '' ? String(key) : `${path}.${String(key)}`
}
