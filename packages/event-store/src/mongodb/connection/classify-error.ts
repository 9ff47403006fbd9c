import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb'
import { AnswerMissing } from './answered-within.ts'

/**
 * What an error of the driver says about the call that met it:
 *
 * - `not-sent`: no server was asked, so nothing was done.
 * - `unknown`: asked, and perhaps done: no answer, a primary that stepped down, a write concern that was not met, and
 *   everything that nobody thought of.
 * - `conflict`: a transaction met another one and was rolled back.
 * - `commit-unknown`: a commit that perhaps took effect.
 * - `duplicate`: every document that was refused, at least one, was refused for a duplicate key, and nothing else went wrong.
 *   Whose document stands there only reading it tells.
 * - `refused`: the user has no right to it, or is not the one it claims to be.
 * - `full`: no space is left on the server's disk.
 * - `history-lost`: a change stream cannot go on from where it was.
 * - `closed`: this process closed its client.
 * - `invalid`: the server or the driver refused the call for what it asks.
 */
export type MongoFailure =
  | 'not-sent'
  | 'unknown'
  | 'conflict'
  | 'commit-unknown'
  | 'duplicate'
  | 'refused'
  | 'full'
  | 'history-lost'
  | 'closed'
  | 'invalid'

/** @see https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const codes: ReadonlyMap<number, MongoFailure> = new Map<number, MongoFailure>([
  // Perhaps done. A primary that steps down may do so in the middle of a bulk, whatever code it gives.
  [6, 'unknown'], // HostUnreachable
  [7, 'unknown'], // HostNotFound
  [43, 'unknown'], // CursorNotFound
  [50, 'unknown'], // MaxTimeMSExpired
  [64, 'unknown'], // WriteConcernTimeout
  [79, 'unknown'], // UnknownReplWriteConcern
  [89, 'unknown'], // NetworkTimeout
  [91, 'unknown'], // ShutdownInProgress
  [100, 'unknown'], // UnsatisfiableWriteConcern
  [133, 'unknown'], // FailedToSatisfyReadPreference
  [134, 'unknown'], // ReadConcernMajorityNotAvailableYet
  [189, 'unknown'], // PrimarySteppedDown
  [237, 'unknown'], // CursorKilled
  [262, 'unknown'], // ExceededTimeLimit
  [9001, 'unknown'], // SocketException
  [10058, 'unknown'], // LegacyNotPrimary
  [10107, 'unknown'], // NotWritablePrimary
  [11600, 'unknown'], // InterruptedAtShutdown
  [11601, 'unknown'], // Interrupted
  [11602, 'unknown'], // InterruptedDueToReplStateChange
  [13435, 'unknown'], // NotPrimaryNoSecondaryOk
  [13436, 'unknown'], // NotPrimaryOrSecondary
  [24, 'conflict'], // LockTimeout
  [112, 'conflict'], // WriteConflict
  [246, 'conflict'], // SnapshotUnavailable
  [251, 'conflict'], // NoSuchTransaction
  [11000, 'duplicate'], // DuplicateKey
  [11001, 'duplicate'],
  [12582, 'duplicate'],
  [13, 'refused'], // Unauthorized
  [18, 'refused'], // AuthenticationFailed
  [14031, 'full'], // OutOfDiskSpace
  [280, 'history-lost'], // ChangeStreamFatalError
  [286, 'history-lost'], // ChangeStreamHistoryLost
])

/**
 * What an error means. The class, the labels and the codes decide, never the text.
 *
 * Holds for clients that `MongoConnection` made, which repeat no write by themselves: where the driver repeats, an error of
 * the second attempt (no server found) hides that the first one was sent.
 */
export function classifyError(error: unknown): MongoFailure {
  if (error instanceof AnswerMissing) return 'unknown'
  if (!(error instanceof MongoError)) return isOfSocket(error) ? 'unknown' : 'invalid'
  // Before the class: a commit that found no server to repeat itself on carries the label too.
  if (error.hasErrorLabel('UnknownTransactionCommitResult')) return 'commit-unknown'
  if (error instanceof MongoBulkWriteError) return classifyBulk(error)
  // Unlike the next three it comes to calls that are under way.
  if (error instanceof MongoClientClosedError) return 'unknown'
  if ([MongoTopologyClosedError, MongoNotConnectedError, MongoExpiredSessionError].some((kind) => error instanceof kind)) return 'closed'
  // Before the labels: a name that is refused is refused in the handshake.
  if (error instanceof MongoServerError && codes.get(Number(error.code)) === 'refused') return 'refused'
  if (wasNotSent(error)) return 'not-sent'
  // Before the labels: in a transaction the driver calls a broken connection transient, but nobody was in the way.
  if (error instanceof MongoNetworkError || error instanceof MongoWriteConcernError) return 'unknown'
  if (error instanceof MongoServerError) return classifyCode(error)
  return error.hasErrorLabel('TransientTransactionError') ? 'conflict' : 'invalid'
}

/** The driver passes on as it came what a socket meets while it waits for room to write, and what looking up a name meets. */
function isOfSocket(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(E[A-Z]+|ERR_(STREAM|SOCKET|SSL|TLS)_[A-Z_]+)$/.test(code)
}

function classifyCode(error: MongoServerError): MongoFailure {
  if (error.writeConcernError !== undefined) return 'unknown'
  const failure = codes.get(Number(error.code))
  if (failure !== undefined) return failure
  return error.hasErrorLabel('TransientTransactionError') ? 'conflict' : 'invalid'
}

/** `insertMany` and `bulkWrite` wrap everything they meet, network errors too, and then list no write errors at all. */
function classifyBulk(error: MongoBulkWriteError): MongoFailure {
  const wrapped: unknown = error.errorResponse
  const { insertedCount, matchedCount, deletedCount, upsertedCount } = error.result
  // An answer that refuses the whole command is kept as it came, and gives its code and labels to the error.
  const refused = error.result.getWriteErrorCount() === 0 && typeof error.code === 'number'
  if (wrapped instanceof MongoError || refused) {
    const failure = wrapped instanceof MongoError ? classifyError(wrapped) : classifyCode(error)
    // Several batches may have been sent before the one that failed.
    return insertedCount + matchedCount + deletedCount + upsertedCount === 0 ? failure : wholeOf(failure)
  }
  if (error.result.getWriteConcernError() !== undefined) return 'unknown'
  const failures = new Set(error.result.getWriteErrors().map(({ code }) => codes.get(code) ?? 'invalid'))
  const [only] = failures
  return only !== undefined && failures.size === 1 ? only : 'unknown'
}

/** In a transaction a failed part fails the whole; outside of one, something was done. */
function wholeOf(failure: MongoFailure): MongoFailure {
  return failure === 'conflict' ? 'conflict' : 'unknown'
}

function wasNotSent(error: MongoError): boolean {
  if (error instanceof MongoServerSelectionError) return true
  // No connection could be made, or the server had too much to do to begin.
  if (error.hasErrorLabel('HandshakeError') || error.hasErrorLabel('SystemOverloadedError')) return true
  // By name: the driver does not export these. MongoPoolClearedOnNetworkError is another: it breaks off calls under way.
  return ['MongoPoolClearedError', 'MongoPoolClosedError', 'MongoWaitQueueTimeoutError', 'MongoServerClosedError'].includes(error.name)
}
