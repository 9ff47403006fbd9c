import { TidingsError } from './tidings-error.ts'

/** Another transaction changed the same rows first. This one was rolled back: run it again. */
export class TransactionConflict extends TidingsError {
  readonly code = 'TRANSACTION_CONFLICT'
  readonly retryable = true

  constructor(facts: { database: string; cause?: unknown }) {
    super(`A transaction in ${facts.database} met another one on the same rows and was rolled back. Run it again.`, { cause: facts.cause })
  }
}

/** The answer to a commit never came. Read the rows it was to write before doing anything again. */
export class CommitOutcomeUnknown extends TidingsError {
  readonly code = 'COMMIT_OUTCOME_UNKNOWN'
  readonly retryable = true

  constructor(facts: { database: string; cause?: unknown }) {
    super(
      `A commit in ${facts.database} got no answer, so it may or may not have taken effect. Look at what is stored before repeating it.`,
      { cause: facts.cause },
    )
  }
}

/** A write was asked of a transaction that only reads. Nothing was written. */
export class ReadOnlyTransaction extends TidingsError {
  readonly code = 'READ_ONLY_TRANSACTION'
  readonly retryable = false

  constructor(facts: { subject: string }) {
    super(`${facts.subject} only reads, so it cannot write or publish. Declare the operation as a command.`)
  }
}

/** A statement was refused because it would leave the handler's transaction or database. */
export class StatementRefused extends TidingsError {
  readonly code = 'STATEMENT_REFUSED'
  readonly retryable = false

  constructor(facts: { keyword: string; reason: string }) {
    super(`The statement ${facts.keyword} is refused in a handler: ${facts.reason}.`)
  }
}
