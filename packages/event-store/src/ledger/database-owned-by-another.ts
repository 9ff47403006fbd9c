import { TidingsError } from '@tidings/core'

/** The database belongs to another service. Nothing was changed. */
export class DatabaseOwnedByAnother extends TidingsError {
  readonly code = 'DATABASE_OWNED_BY_ANOTHER'
  readonly retryable = false
  readonly service: string
  readonly owner: string

  constructor(facts: { database: string; service: string; owner: string }) {
    super(
      `The database ${facts.database} belongs to the service ${facts.owner}, so ${facts.service} cannot use it. Give ${facts.service} a database of its own.`,
    )
    this.service = facts.service
    this.owner = facts.owner
  }
}
