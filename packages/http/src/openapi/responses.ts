import { STATUS_CODES } from 'node:http'
import type { Access, HttpRoute } from '@tidings/core'
import { fieldsOf } from '../schemas/fields-of.ts'
import type { JsonSchema } from '../schemas/json-schema.ts'
import { declaredProblem, problemWith } from './problem-schema.ts'

/** What the answers of one route are made of. */
export interface Answers {
  readonly route: HttpRoute
  readonly kind: 'query' | 'command'
  readonly hasBody: boolean
  readonly access: Access | undefined
  readonly output: JsonSchema
  /** The facts of each declared error. */
  readonly errors: ReadonlyMap<string, JsonSchema>
  /** The reference to the schema of all problems. */
  readonly problem: JsonSchema
  /** Where references lead. */
  readonly document: JsonSchema
}

/** What may be answered with one status. */
interface Answer {
  readonly says: string[]
  readonly problems: JsonSchema[]
  comesBack: boolean
}

/** Statuses whose answers have no body. */
const bodyless = [204, 205]

/** The responses of a route: the good one, the errors of its contract, and what a server of Tidings answers by itself. */
export function responsesOf(answers: Answers): JsonSchema {
  const { route, output, problem } = answers
  const status = route.status ?? 200
  const good = bodyless.includes(status) ? {} : { content: { 'application/json': { schema: output } } }
  const failed = [...failuresOf(answers)].sort(([a], [b]) => a - b)
  return {
    [status]: { description: STATUS_CODES[status] ?? 'Done', ...good },
    ...Object.fromEntries(failed.map(([failure, answer]) => [failure, responseOf(answer)])),
    default: { description: 'Any other failure.', content: contentOf([problem]) },
  }
}

function failuresOf({ route, kind, hasBody, access, errors, problem, document }: Answers): Map<number, Answer> {
  const failures = new Map<number, Answer>()
  const add = (status: number, says: string, schema: JsonSchema, comesBack = false): void => {
    const answer = failures.get(status) ?? { says: [], problems: [], comesBack: false }
    answer.says.push(says)
    answer.problems.push(schema)
    answer.comesBack ||= comesBack
    failures.set(status, answer)
  }
  for (const [reason, facts] of errors) {
    const status = route.errors !== undefined && Object.hasOwn(route.errors, reason) ? (route.errors[reason] ?? 422) : 422
    add(status, `${reason}.`, declaredProblem(problem, reason, facts), fieldsOf(facts, document).known.has('retryAfterMs'))
  }
  if (isGuarded(access)) {
    add(401, 'No good access token came along; `WWW-Authenticate` tells what is wrong.', problemWith(problem, 'UNAUTHENTICATED'))
    if (typeof access === 'object') add(403, `The caller lacks the scopes ${access.scopes.join(', ')}.`, problemWith(problem, 'FORBIDDEN'))
  }
  add(400, 'The request breaks the contract; `faults` tells where. Fields that the schema does not know are refused.', problem)
  if (hasBody) {
    add(413, 'The body is too large.', problemWith(problem, 'BODY_TOO_LARGE'))
    add(415, 'The body is not `application/json`.', problemWith(problem, 'CONTENT_TYPE_REFUSED'))
  }
  if (kind === 'command') {
    add(409, 'The first request with this key has not ended yet.', problemWith(problem, 'COMMAND_STILL_RUNNING'), true)
    add(422, 'The key came with another input before.', problemWith(problem, 'IDEMPOTENCY_KEY_REUSED'))
  }
  add(503, 'It cannot be done now.', problem, true)
  add(504, 'It was not done in time; a command may have taken effect all the same.', problem)
  return failures
}

function responseOf({ says, problems, comesBack }: Answer): JsonSchema {
  const headers = comesBack ? { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } } : {}
  return { description: says.join(' '), ...headers, content: contentOf(problems) }
}

function contentOf(problems: readonly JsonSchema[]): JsonSchema {
  const [only, ...more] = problems
  return { 'application/problem+json': { schema: more.length === 0 ? only : { anyOf: problems } } }
}

/** Whether an operation is for known callers only. */
export function isGuarded(access: Access | undefined): access is Exclude<Access, 'public' | 'optional'> {
  return access !== undefined && access !== 'public' && access !== 'optional'
}
