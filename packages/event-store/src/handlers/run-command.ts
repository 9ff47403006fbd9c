import { CommitOutcomeUnknown, type Json, type LedgerTransaction, type WorkSpan } from '@tidings/core'
import { runTransaction } from '../ledger/run-transaction.ts'
import { getRows } from '../ledger/tables.ts'
import { type Staged, stageEvents } from '../outbox/stage-events.ts'
import { type AnswerKey, clearExpired, keepAnswer, keptAnswer } from './answer-keys.ts'
import type { HandlerHost } from './handler-host.ts'
import type { HandlerScope } from './handler-scope.ts'

/** What still happens in the transaction once the handler has returned. Without an output there is no answer to keep. */
export type FinishRun = (scope: HandlerScope, output: Json | undefined) => Promise<void>

/** Found only when the transaction was about to commit: another instance has answered the key meanwhile. */
class AnsweredElsewhere extends Error {
  readonly output: Json

  constructor(output: Json) {
    super('The idempotency key was answered by another instance.')
    this.output = output
  }
}

/**
 * Runs a command's handler in its transaction, with its events and, for an idempotency key, its answer; a key that was
 * answered before gets the same answer and nothing runs.
 *
 * @throws {IdempotencyKeyReused} The key was answered for another input.
 */
export async function runCommand(
  host: HandlerHost,
  key: AnswerKey | undefined,
  signal: AbortSignal,
  span: WorkSpan,
  run: (tx: LedgerTransaction<unknown>, finish: FinishRun) => Promise<Json>,
): Promise<Json> {
  const { ledger, runtime, relay } = host
  const known = await readKept(host, key)
  if (known !== undefined) return known.output
  let staged: readonly Staged[] = []
  const finishIn =
    (tx: LedgerTransaction<unknown>): FinishRun =>
    async (scope, output) => {
      if (key !== undefined && output !== undefined) {
        const now = await ledger.now()
        const elsewhere = await keptAnswer(tx, key, now)
        if (elsewhere !== undefined) throw new AnsweredElsewhere(elsewhere.output)
        await keepAnswer(tx, key, output, now)
        await clearExpired(tx, runtime.random, now)
      }
      staged = await stageEvents(tx, scope.staged, runtime)
    }
  try {
    const output = await runTransaction(ledger, runtime, (tx) => run(tx, finishIn(tx)), signal, span)
    relay.handOver(staged)
    return output
  } catch (error) {
    if (error instanceof AnsweredElsewhere) return error.output
    // The kept answer tells whether the commit took effect. Without a key only the caller can find out.
    const answered = error instanceof CommitOutcomeUnknown ? await readKept(host, key) : undefined
    if (answered === undefined) throw error
    // Perhaps another instance has answered, and what was staged here was rolled back: only what stands there may go to the log.
    relay.handOver(await stillStaged(host, staged))
    return answered.output
  }
}

/** Those rows that are in the outbox. */
async function stillStaged({ ledger }: HandlerHost, staged: readonly Staged[]): Promise<readonly Staged[]> {
  if (staged.length === 0) return []
  const ids = staged.map(({ id }) => id)
  const rows = await ledger.read((reader) => getRows(reader, 'outbox', ids))
  return staged.filter((_, i) => rows[i] !== undefined)
}

async function readKept({ ledger }: HandlerHost, key: AnswerKey | undefined): Promise<{ readonly output: Json } | undefined> {
  if (key === undefined) return undefined
  return ledger.read(async (reader) => keptAnswer(reader, key, await ledger.now()))
}
