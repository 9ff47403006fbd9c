import { DefinitionInvalid } from '../errors/contract-errors.ts'
import type { AnyOperation } from './define-operation.ts'
import { isSchema, noSchema } from './schema.ts'

const namePattern = /^[a-z][A-Za-z0-9]*$/
const routePattern = /^(GET|POST|PUT|PATCH|DELETE) (\/|(\/(:[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9._~-]+))+)$/

/**
 * Checks what one operation of a contract declares.
 *
 * @throws {DefinitionInvalid} The first thing that is not usable.
 */
export function checkOperation(service: string, name: string, operation: AnyOperation): void {
  const subject = `operation ${service}.${name}`
  // A client with a function named `then` would be taken for a promise by every await.
  if (!namePattern.test(name) || name === 'then') {
    throw new DefinitionInvalid({
      subject,
      reason: 'its name is not usable',
      remedy: 'Name it with letters and digits like placeOrder, and not "then".',
    })
  }
  for (const [what, schema] of Object.entries({ input: operation.input, output: operation.output, ...operation.errors })) {
    if (!isSchema(schema)) throw new DefinitionInvalid({ subject, ...noSchema(`its ${what}`) })
  }
  if (!Number.isSafeInteger(operation.timeoutMs) || operation.timeoutMs < 1) {
    throw new DefinitionInvalid({
      subject,
      reason: `timeoutMs ${operation.timeoutMs} is not a whole number from 1`,
      remedy: 'Give it in milliseconds.',
    })
  }
  const { http } = operation
  if (http === undefined) return
  if (!routePattern.test(http.route)) {
    throw new DefinitionInvalid({
      subject,
      reason: `its route "${http.route}" is not METHOD /path`,
      remedy: 'Write it like GET /orders/:orderId.',
    })
  }
  if (http.status !== undefined && !isStatus(http.status, 200, 299)) {
    throw new DefinitionInvalid({
      subject,
      reason: `its status ${http.status} is not one of success`,
      remedy: 'Use 200 to 299, such as 201.',
    })
  }
  for (const [reason, status] of Object.entries(http.errors ?? {})) {
    if (!Object.hasOwn(operation.errors, reason)) {
      throw new DefinitionInvalid({
        subject,
        reason: `its route has a status for ${reason}, which it does not declare`,
        remedy: 'Declare it under errors.',
      })
    }
    if (!isStatus(status, 400, 599)) {
      throw new DefinitionInvalid({
        subject,
        reason: `the status ${status} of ${reason} is not one of failure`,
        remedy: 'Use 400 to 599, such as 404.',
      })
    }
  }
}

function isStatus(status: number, from: number, to: number): boolean {
  return Number.isInteger(status) && status >= from && status <= to
}
