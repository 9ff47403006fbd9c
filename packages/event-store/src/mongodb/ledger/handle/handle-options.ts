import type { ClientSession, Db } from 'mongodb'

/** What a handle works on. */
export interface HandleOptions {
  readonly database: Db
  /** Runs work that only reads in the transaction, beginning it if need be. */
  readonly read: <R>(work: (session: ClientSession) => Promise<R>) => Promise<R>
  /** The same for work that writes. */
  readonly write: <R>(work: (session: ClientSession) => Promise<R>) => Promise<R>
}
