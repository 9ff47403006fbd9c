import { DefinitionInvalid } from '../../errors/contract-errors.ts'
import type { PolicyCall, RequestPolicy, Send } from '../../ports/request-policy.ts'
import type { OperationAnswer } from '../../ports/requests.ts'
import type { Runtime } from '../../ports/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { isLost, isTransient, isUnavailable, type Outcome } from './outcome.ts'
import { Target } from './target.ts'

/** How the calls to each service are guarded. All hold for each service that is called by itself. */
export interface RequestPolicyOptions {
  /** After so many failures in a row nothing is sent for a while, from 1. @default 5 */
  readonly failures?: number
  /** How long nothing is sent then, in milliseconds; after that one request tries. @default 5_000 */
  readonly pauseMs?: number
  /** How often one call may be repeated, within its time and the budget of one repetition for ten calls, from 0. @default 3 */
  readonly retries?: number
  /** The most requests under way, from 1. @default 1_024 */
  readonly maxInFlight?: number
  /** The most requests that wait for others to end, from 0; further ones are refused at once. @default 4_096 */
  readonly maxWaiting?: number
  /** Clock and random source. @default those of the machine */
  readonly runtime?: Pick<Runtime, 'clock' | 'random'>
}

/** The longest wait before the first repetition, in milliseconds; it doubles with each. */
const firstWaitMs = 100

/**
 * The policy that a system has unless it is given another one.
 *
 * - Queries, and commands with an idempotency key, are repeated after a wait of random length when the failure may pass, as
 *   long as their time lasts; of n calls to a service at most n / 10 (or three).
 * - After `failures` failures in a row a service is asked no more for `pauseMs`: calls end at once with `ServiceUnavailable`,
 *   which says when to come back.
 * - `maxInFlight` bounds what one slow service can hold of its caller.
 *
 * An error of the contract, a refused input and a fault of one operation are no failures of the service.
 *
 * @throws {DefinitionInvalid} An option is not a whole number within its limits; all are listed.
 */
export function requestPolicy(options: RequestPolicyOptions = {}): RequestPolicy {
  const { failures = 5, pauseMs = 5_000, retries = 3, maxInFlight = 1_024, maxWaiting = 4_096, runtime = systemRuntime } = options
  const bounds = { failures, pauseMs, maxInFlight, maxWaiting }
  check({ ...bounds, retries })
  const targets = new Map<string, Target>()
  const targetOf = (service: string): Target => {
    const known = targets.get(service)
    if (known !== undefined) return known
    const target = new Target({ ...bounds, service, clock: runtime.clock })
    targets.set(service, target)
    return target
  }
  return { run: (call, send) => carryOut(targetOf(call.request.service), call, send, retries, runtime) }
}

async function carryOut(
  target: Target,
  call: PolicyCall,
  send: Send,
  retries: number,
  { clock, random }: Pick<Runtime, 'clock' | 'random'>,
): Promise<OperationAnswer> {
  const { request, operation, signal } = call
  const mayRepeat = operation.kind === 'query' || request.idempotencyKey !== undefined
  const until = clock.monotonic() + request.timeoutMs
  let outcome = await target.attempt(call, (sent, ended) => {
    target.budget.earn()
    return send(sent, ended)
  })
  let lost: unknown
  for (let repeated = 0; mayRepeat && repeated < retries && isTransient(outcome); repeated++) {
    const waitMs = askedFor(outcome) + random.next() * firstWaitMs * 2 ** repeated
    if (clock.monotonic() + waitMs >= until - 1 || !target.budget.spend()) break
    if (isLost(outcome)) lost ??= outcome.error
    await clock.sleep(waitMs, signal)
    const timeoutMs = Math.max(1, Math.floor(until - clock.monotonic()))
    outcome = await target
      .attempt({ ...call, request: { ...request, timeoutMs, resendCount: repeated + 1 } }, send)
      .catch((error: unknown) => {
        throw lost ?? error
      })
  }
  // Once one attempt may have taken effect, that the last one did not is no answer.
  if (lost !== undefined && isUnavailable(outcome)) throw lost
  if ('error' in outcome) throw outcome.error
  return outcome.answer
}

/** How long the service itself asks to be left alone. */
function askedFor(outcome: Outcome): number {
  return 'answer' in outcome && !outcome.answer.ok ? (outcome.answer.error.retryAfterMs ?? 0) : 0
}

const lowest: Readonly<Record<string, number>> = Object.freeze({ retries: 0, maxWaiting: 0 })

function check(bounds: Readonly<Record<string, unknown>>): void {
  const faults = Object.entries(bounds).flatMap(([name, value]) => {
    const from = lowest[name] ?? 1
    return Number.isSafeInteger(value) && Number(value) >= from ? [] : [`${name} is not a whole number from ${from}`]
  })
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'request policy', reason: faults.join(', '), remedy: 'Correct the options of requestPolicy.' })
}
