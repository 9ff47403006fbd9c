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

/** A transaction or its handle was used after it had ended. Nothing was done. */
export class TransactionEnded extends TidingsError {
  readonly code = 'TRANSACTION_ENDED'
  readonly retryable = false

  constructor(facts: { database: string }) {
    super(`A transaction in ${facts.database} was used after it had ended. Nothing was done. Await everything inside it.`)
  }
}

/** The database refused a statement: a fault in its text, a value it cannot take, or a broken constraint. Nothing was written by it. */
export class StatementFailed extends TidingsError {
  readonly code = 'STATEMENT_FAILED'
  readonly retryable = false
  /** The kind of constraint that it would break, such as `unique`; undefined for other faults. */
  readonly constraint: string | undefined

  constructor(facts: { database: string; reason: string; constraint?: string; cause?: unknown }) {
    super(`A statement in ${facts.database} failed: ${facts.reason}. It wrote nothing.`, { cause: facts.cause })
    this.constraint = facts.constraint
  }
}

/** A migration that this database has run before is not the same any more, or is missing. Nothing was changed. */
export class MigrationChanged extends TidingsError {
  readonly code = 'MIGRATION_CHANGED'
  readonly retryable = false
  /** Counted from 1. */
  readonly migration: number

  constructor(facts: { database: string; migration: number; found: 'changed' | 'missing' }) {
    super(
      `Migration ${facts.migration} of ${facts.database} ${facts.found === 'changed' ? 'is not the one that was run' : 'was run but is not there any more'}. Restore it as it was, and add what is new as a further migration.`,
    )
    this.migration = facts.migration
  }
}
