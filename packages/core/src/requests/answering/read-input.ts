import type { AnyOperation } from '../../contracts/define-operation.ts'
import { refuseIgnoredFields } from '../../contracts/refuse-unknown-fields.ts'
import { parse } from '../../contracts/schema.ts'
import { jsonFault } from '../../envelope/json-fault.ts'
import { ContractViolation } from '../../errors/contract-errors.ts'
import type { OperationRequest } from '../../ports/requests.ts'

/**
 * Checks the input of a request where it is answered, and answers what the schema made of it.
 *
 * @throws {ContractViolation} The input does not fit the schema, has fields that the schema does not know, or is no value
 *   that JSON carries unchanged. Every fault found is listed with its path.
 */
export async function readInput(request: OperationRequest, operation: AnyOperation): Promise<unknown> {
  const subject = `input of ${request.service}.${request.operation}`
  const fault = jsonFault(request.input)
  if (fault !== undefined) throw new ContractViolation({ subject, faults: [{ path: fault.path, message: fault.reason }] })
  const input = await parse(operation.input, request.input, subject)
  await refuseIgnoredFields(operation.input, request.input, input, subject)
  return input
}
