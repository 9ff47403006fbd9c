import type { ClientSession, Db } from 'mongodb'

/** What a handle works on. */
export interface HandleOptions {
  readonly location: string
  readonly canWrite: boolean
  readonly database: Db
  /** Runs the work in the transaction, beginning it if need be. */
  readonly use: <R>(work: (session: ClientSession) => Promise<R>) => Promise<R>
}
