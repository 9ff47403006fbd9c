import {
  AppendOutcomeUnknown,
  CommitOutcomeUnknown,
  StatementFailed,
  StoreClosed,
  StoreUnavailable,
  StoreUnsuitable,
  TidingsError,
  TransactionConflict,
} from '@tidings/core'
import { MongoServerError } from 'mongodb'
import { classifyError, type MongoFailure } from './classify-error.ts'

/** An error met while reading, or while writing what changes nothing when it is written again, as one of ours. */
export function mapReadError(error: unknown, store: string): TidingsError {
  if (error instanceof TidingsError) return error
  return mapRefusal(classifyError(error), error, store) ?? new StoreUnavailable({ store, reason: reasonOf(error), cause: error })
}

/** An error met while appending, as one of ours. What is not known to be undone is of unknown outcome. */
export function mapAppendError(error: unknown, store: string): TidingsError {
  if (error instanceof TidingsError) return error
  const failure = classifyError(error)
  if (failure === 'not-sent') return new StoreUnavailable({ store, reason: 'no server answers', cause: error })
  return mapRefusal(failure, error, store) ?? new AppendOutcomeUnknown({ store, cause: error })
}

/** An error met inside a transaction, before its commit was asked for: it is rolled back, whatever it was. */
export function mapTransactionError(error: unknown, database: string): TidingsError {
  if (error instanceof TidingsError) return error
  const failure = classifyError(error)
  switch (failure) {
    case 'conflict':
      return new TransactionConflict({ database, cause: error })
    case 'duplicate':
      return new StatementFailed({ database, reason: 'its key is there already', constraint: 'unique', cause: error })
    case 'invalid':
      return new StatementFailed({ database, reason: reasonOf(error), cause: error })
    default:
      return mapRefusal(failure, error, database) ?? new StoreUnavailable({ store: database, reason: reasonOf(error), cause: error })
  }
}

/** An error that a commit met, as one of ours: only a conflict is sure to have rolled it back. */
export function mapCommitError(error: unknown, database: string): TidingsError {
  if (error instanceof TidingsError) return error
  return classifyError(error) === 'conflict'
    ? new TransactionConflict({ database, cause: error })
    : new CommitOutcomeUnknown({ database, cause: error })
}

/** What the server refused to begin. */
function mapRefusal(failure: MongoFailure, error: unknown, store: string): TidingsError | undefined {
  switch (failure) {
    case 'refused':
      return new StoreUnsuitable({
        store,
        reason: `the server refuses this user (${codeOf(error)})`,
        remedy: 'See name, password and authSource in the URL, and give the user the role readWrite on this database.',
        cause: error,
      })
    case 'full':
      return new StoreUnavailable({ store, reason: "the server's disk is full", remedy: 'Free some space there and repeat.', cause: error })
    case 'closed':
      return new StoreClosed({ store })
    default:
      return undefined
  }
}

/** For people. The server's own text is left out: it may quote what was to be stored. */
function reasonOf(error: unknown): string {
  return error instanceof MongoServerError && error.code !== undefined
    ? `the server answered ${codeOf(error)}`
    : `the driver met ${error instanceof Error ? error.name : 'an error'}`
}

function codeOf(error: unknown): string {
  if (!(error instanceof MongoServerError)) return 'no code'
  return error.codeName === undefined ? `code ${error.code}` : `${error.codeName}, code ${error.code}`
}
