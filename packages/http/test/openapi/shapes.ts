import { command, defineContract, OperationFailed, query, type Schema } from '@tidings/core'
import * as z from 'zod'

const money = z.object({ cents: z.int(), currency: z.enum(['EUR', 'USD']) }).meta({ id: 'Money' })
const tree = z.object({
  name: z.string(),
  get branches() {
    return z.array(tree)
  },
})

/** A schema of a library that does not write JSON Schema. */
const foreign: Schema<unknown, unknown> = { '~standard': { version: 1, vendor: 'foreign', validate: (value) => ({ value }) } }

/** Routes of every shape that differs in how it is described. */
export const shapes = defineContract('shapes', {
  operations: {
    find: query({
      description: 'Path and query hold texts, numbers, booleans and lists of them.',
      input: z.object({
        group: z.string(),
        at: z.int().describe('Which one.'),
        limit: z.int().min(1).default(10),
        ratio: z.number().optional(),
        open: z.boolean().optional(),
        tags: z.array(z.string()).optional(),
        sizes: z.array(z.int()).optional(),
        kind: z.literal(['a', 'b']).optional(),
        level: z.union([z.literal(1), z.literal(2)]).optional(),
        free: z.union([z.string(), z.number()]).optional(),
        coerced: z.coerce.number().optional(),
        switched: z.stringbool().optional(),
        since: z.coerce.date().optional(),
      }),
      output: z.record(z.string(), z.unknown()),
      access: 'public',
      http: 'GET /groups/:group/items/:at',
    }),
    change: command({
      input: z.object({ at: z.int(), price: money, note: z.string().optional() }),
      output: z.object({ at: z.int(), price: money }),
      errors: {
        TooDear: z.object({ most: money }),
        Taken: z.object({ by: z.string() }),
        Busy: z.object({ retryAfterMs: z.int() }),
      },
      access: 'public',
      http: { route: 'PUT /items/:at', errors: { Taken: 409, TooDear: 409, Busy: 503 } },
    }),
    plant: command({ input: tree, output: tree, access: 'public', http: { route: 'POST /trees', status: 201 } }),
    // A path of the same shape as that of `change`, with another name in it.
    remove: command({
      input: z.object({ id: z.int() }),
      output: z.null(),
      access: 'public',
      http: { route: 'DELETE /items/:id', status: 204 },
    }),
    touch: command({ input: z.object({ at: z.int() }), output: z.string(), access: 'public', http: 'POST /items/:at/touch' }),
    either: command({
      input: z.discriminatedUnion('by', [
        z.object({ at: z.int(), by: z.literal('name'), name: z.string() }),
        z.object({ at: z.int(), by: z.literal('size'), size: z.int(), unit: z.string().optional() }),
      ]),
      output: z.boolean(),
      access: 'public',
      http: 'PATCH /items/:at/label',
    }),
    any: query({ input: z.looseObject({ first: z.int() }), output: z.unknown(), access: 'public', http: 'GET /any' }),
    count: command({ input: z.array(z.int()), output: z.int(), access: 'public', http: 'POST /numbers' }),
    loose: command({
      input: z.object({ at: z.coerce.date(), seen: z.transform((value) => value), size: z.int() }),
      output: z.object({ ok: z.boolean() }),
      access: 'public',
      http: 'POST /loose',
    }),
    foreign: command({ input: foreign, output: foreign, access: 'public', http: 'POST /foreign' }),
    internal: command({ input: z.object({ secret: z.string() }), output: z.object({}), access: 'public' }),
  },
})

/** Answers `find` and `any` with what they were asked, the others with what their contracts promise. */
export async function answerShapes(operation: string, input: unknown): Promise<unknown> {
  // Checked by the contract before.
  const given = input as Record<string, unknown>
  switch (operation) {
    case 'change':
      if (given.note === 'taken') throw failed('Taken', { by: 'Ann' })
      if (given.note === 'dear') throw failed('TooDear', { most: { cents: 5, currency: 'EUR' } })
      if (given.note === 'busy') throw failed('Busy', { retryAfterMs: 1_500 })
      return { at: given.at, price: given.price }
    case 'remove':
      return null
    case 'touch':
      return 'touched'
    case 'either':
      return true
    case 'count':
      return (input as number[]).length
    case 'loose':
      return { ok: true }
    default:
      return input
  }
}

function failed(reason: string, detail: unknown): OperationFailed {
  return new OperationFailed({ service: 'shapes', operation: 'change', reason, detail })
}
