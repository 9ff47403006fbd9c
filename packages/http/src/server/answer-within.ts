import { type OperationAnswer, type OperationRequest, type Principal, type Runtime, type ServedSystem, TidingsError } from '@tidings/core'

/** How much longer than the caller waits for the system, which bounds its handlers itself. Past it a handler has escaped. */
const graceMs = 500

/** The client closed its connection before it had its answer. */
export class CallerGone extends TidingsError {
  readonly code = 'HTTP_CALLER_GONE'
  readonly retryable = true

  constructor() {
    super('The client closed its connection before it was answered. It may repeat the request.')
  }
}

/** Given as the reason, it spares the making of an error for every request that is answered in time. */
const answeredFirst = 'the answer is there'

/**
 * Asks the system, and answers in any case: when it takes too long, and when it breaks its promise never to reject.
 *
 * @param ending Aborted when nobody waits for the answer any more: by whoever sees the client go, and here when the time is over.
 */
export async function answerWithin(
  system: ServedSystem,
  request: OperationRequest,
  ending: AbortController,
  runtime: Pick<Runtime, 'clock' | 'logger'>,
  principal: Principal | undefined,
): Promise<OperationAnswer> {
  const subject = `${request.service}.${request.operation}`
  if (request.timeoutMs < 1)
    return failed('REQUEST_TIMED_OUT', `${subject} was asked when the time for it was over. Nothing was done.`, true)
  const answered = new AbortController()
  const timedOut = runtime.clock.sleep(request.timeoutMs + graceMs, answered.signal).then(
    () => {
      const message = `${subject} was not answered within ${request.timeoutMs} ms. A command may have taken effect.`
      ending.abort(new DOMException(message, 'TimeoutError'))
      return failed('REQUEST_TIMED_OUT', message, true)
    },
    () => failed('REQUEST_TIMED_OUT', 'The answer was there first.', true),
  )
  try {
    return await Promise.race([system.answer(request, ending.signal, principal), timedOut])
  } catch (error) {
    runtime.logger.error(`${subject} could not be answered`, { error })
    return failed('INTERNAL', `Something is wrong in ${request.service}; its log tells what.`, false)
  } finally {
    answered.abort(answeredFirst)
  }
}

function failed(code: string, message: string, retryable: boolean): OperationAnswer {
  return { ok: false, error: { code, message, retryable } }
}
