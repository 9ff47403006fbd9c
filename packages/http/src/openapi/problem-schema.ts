import type { JsonSchema } from '../schemas/json-schema.ts'

/**
 * What every `Problem` of `failures/problem.ts` has, as JSON Schema. Reason and facts stand with the errors that have them, so that
 * generated types tell by a reason what the facts are.
 */
export const problemSchema: JsonSchema = Object.freeze({
  description: 'A failure, as RFC 9457 describes it. Go by `code` and `reason`, never by a text.',
  type: 'object',
  properties: {
    type: {
      type: 'string',
      description: '`urn:tidings:<service>:<reason>` for errors that the service declares, else `urn:tidings:<code>`.',
    },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What happened and what to do next, for people.' },
    code: { type: 'string', description: '`OPERATION_FAILED` for errors that the service declares.' },
    faults: {
      type: 'array',
      description: 'Every fault of an input.',
      items: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'Where it is, such as `lines[2].price`; empty for the input itself.' },
          message: { type: 'string' },
        },
        required: ['path', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
})

/** A problem that may be told apart by its code. */
export function problemWith(problem: JsonSchema, code: string): JsonSchema {
  return { allOf: [problem, { type: 'object', properties: { code: { type: 'string', const: code } } }] }
}

/** A problem that is an error of the contract. */
export function declaredProblem(problem: JsonSchema, reason: string, facts: JsonSchema): JsonSchema {
  const properties = { code: { type: 'string', const: 'OPERATION_FAILED' }, reason: { type: 'string', const: reason }, facts }
  return { allOf: [problem, { type: 'object', properties, required: ['reason', 'facts'] }] }
}
