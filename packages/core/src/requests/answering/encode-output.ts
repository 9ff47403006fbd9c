import type { AnyOperation } from '../../contracts/define-operation.ts'
import { parse, type Schema } from '../../contracts/schema.ts'
import { jsonFault } from '../../envelope/json-fault.ts'
import { ContractViolation } from '../../errors/contract-errors.ts'
import { OutputInvalid } from '../../errors/request-errors.ts'
import type { Json } from '../../ports/ledger.ts'
import type { OperationRequest } from '../../ports/requests.ts'

/**
 * Checks what a handler returned, and answers what crosses the wire: what the schema made of it, through JSON. Fields that
 * the schema does not know are left out.
 *
 * @throws {OutputInvalid} It does not fit the schema, or JSON cannot carry it. Roll the transaction back.
 */
export function encodeOutput(request: OperationRequest, operation: AnyOperation, output: unknown): Promise<Json> {
  return encodeBy(operation.output, output, `output of ${request.service}.${request.operation}`)
}

/** As {@link encodeOutput}, for any part of an answer. */
export async function encodeBy(schema: Schema<unknown, unknown>, value: unknown, subject: string): Promise<Json> {
  const parsed = await parsedBy(schema, value, subject)
  const fault = jsonFault(parsed)
  if (fault !== undefined) throw new OutputInvalid({ subject, faults: [{ path: fault.path, message: fault.reason }] })
  return JSON.parse(JSON.stringify(parsed)) as Json
}

async function parsedBy(schema: Schema<unknown, unknown>, value: unknown, subject: string): Promise<unknown> {
  try {
    return await parse(schema, value, subject)
  } catch (error) {
    throw error instanceof ContractViolation ? new OutputInvalid({ subject, faults: error.faults }) : error
  }
}
