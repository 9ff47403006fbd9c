import type { AnyOperation } from '../../contracts/define-operation.ts'
import { ContractViolation } from '../../errors/contract-errors.ts'
import type { Json } from '../../ports/ledger.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'
import type { Logger } from '../../ports/runtime.ts'
import { encodeOutput } from './encode-output.ts'
import { readInput } from './read-input.ts'
import { toAnswer } from './to-answer.ts'

/**
 * Answers a request: checks the input, runs the handler, checks the output, and turns every failure into an answer. Never
 * rejects. Nothing runs for an input that breaks the contract.
 *
 * @param run Runs the handler and answers the encoded output. It calls `encode` inside the handler's transaction, so that an
 *   output that breaks its contract rolls it back; what it answers instead, such as an answer kept from an earlier run, is
 *   passed on as it is.
 */
export async function answerRequest(
  request: OperationRequest,
  operation: AnyOperation,
  run: (input: unknown, encode: (output: unknown) => Promise<Json>) => Promise<Json>,
  logger: Logger,
): Promise<OperationAnswer> {
  let input: unknown
  try {
    input = await readInput(request, operation)
  } catch (error) {
    return error instanceof ContractViolation ? refused(error) : await toAnswer(error, request, operation, logger)
  }
  try {
    return { ok: true, output: await run(input, (output) => encodeOutput(request, operation, output)) }
  } catch (error) {
    return await toAnswer(error, request, operation, logger)
  }
}

function refused(error: ContractViolation): OperationAnswer {
  return { ok: false, error: { code: error.code, message: error.message, retryable: false, faults: error.faults } }
}
