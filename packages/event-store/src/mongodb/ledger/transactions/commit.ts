import { CommitOutcomeUnknown, type Runtime } from '@tidings/core'
import type { ClientSession } from 'mongodb'
import { classifyError, type MongoFailure } from '../../connection/classify-error.ts'
import { mapCommitError, mapTransactionError } from '../../connection/map-error.ts'
import type { MongoConnection } from '../../connection/mongo-connection.ts'

/** What may be otherwise a moment later. */
const repeatable: ReadonlySet<MongoFailure> = new Set(['unknown', 'commit-unknown', 'not-sent', 'full'])

/**
 * Commits. Without an answer it asks again: the server takes a second commit of the same transaction for the first.
 *
 * Not the driver's `withTransaction`, which runs the work again for up to two minutes; whoever called does that.
 *
 * @throws {TransactionConflict} Rolled back.
 * @throws {CommitOutcomeUnknown}
 */
export async function commit(session: ClientSession, { location, answerTimeoutMs }: MongoConnection, { clock }: Runtime): Promise<void> {
  // An election takes some seconds.
  const patienceMs = 3 * answerTimeoutMs
  const startedAt = clock.monotonic()
  let unanswered: unknown
  for (let waitMs = 10; ; waitMs = Math.min(waitMs * 2, 500)) {
    try {
      await session.commitTransaction()
      return
    } catch (error) {
      const failure = classifyError(error)
      const isOver = clock.monotonic() - startedAt >= patienceMs
      if (failure !== 'not-sent' && unanswered === undefined) {
        if (failure === 'conflict') throw mapCommitError(error, location)
        if (failure === 'closed') throw mapTransactionError(error, location)
        unanswered = error
      }
      if (isOver || !repeatable.has(failure)) {
        if (unanswered === undefined) throw mapTransactionError(error, location)
        // Once an answer is missing, "no such transaction" does not tell whether it was committed: a server that was started
        // again may know nothing of it.
        throw new CommitOutcomeUnknown({ database: location, cause: unanswered })
      }
      await clock.sleep(waitMs)
    }
  }
}
