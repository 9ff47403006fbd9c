import type { Runtime } from '@tidings/core'
import type { ClientSession } from 'mongodb'

/** So long the answer to a roll-back is waited for; nothing hangs on it but locks, which another command can end. */
const patienceMs = 2_000

/**
 * Rolls back what a session has open.
 *
 * @param forGood Ends the session with it, so that nothing is ever sent in it again.
 * @returns Whether the transaction is known to have ended on the server.
 */
export async function rollBack(session: ClientSession, { clock }: Runtime, forGood: boolean): Promise<boolean> {
  // After a commit was asked for, the driver lets nobody abort.
  if (!session.inTransaction()) return false
  const done = new AbortController()
  const late = clock.sleep(patienceMs, done.signal).then(
    () => false,
    () => false,
  )
  try {
    // The driver tells of no error here, but keeps in mind that one broke a connection.
    const over = forGood ? session.endSession() : session.abortTransaction()
    return await Promise.race([over.then(() => session.serverSession.isDirty === false), late])
  } catch {
    return false
  } finally {
    done.abort()
  }
}
