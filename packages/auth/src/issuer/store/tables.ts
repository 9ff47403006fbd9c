import type { Json } from '@tidings/core'
import type { RevocationFact } from '../../contract/access-changed.ts'
import type { KeyRingRow } from '../signing/key-ring.ts'
import type { IssuerRange, IssuerRow, IssuerRows, IssuerTable } from './issuer-store.ts'

/** A user as they are kept. */
export interface UserRow {
  readonly userId: string
  readonly email: string
  /** argon2id in PHC form, with its salt and cost. */
  readonly passwordHash: string
  readonly scopes: readonly string[]
  /** Tokens carry it; those that carry a lower one are dead. */
  readonly version: number
  /** Counts the changes of access, so that their order is known wherever they arrive. */
  readonly seq: number
  readonly state: 'active' | 'suspended' | 'blocked'
  readonly createdAt: number
}

/** A session, which is a family of refresh tokens too. Only hashes of those are kept. */
export interface SessionRow {
  readonly sessionId: string
  readonly userId: string
  /** The user's version when they signed in. Once theirs is higher, the session is dead. */
  readonly version: number
  /** Counts the refresh tokens of the family from 0. */
  readonly generation: number
  readonly currentHash: string
  /** When the current one took the place of the one before it. */
  readonly rotatedAt: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
}

/** What a row of `due` is to be removed with, once its time has come. */
export interface DueRow {
  readonly table: IssuerTable
  readonly key: string
}

/** What a row of `facts` tells. */
export type FactRow = RevocationFact

/** How far the service's own events were seen in the log. */
export interface FeedRow {
  /** The position of the last own change of access that the log is known to have. */
  readonly position: number
  /** How many were seen since the last snapshot. */
  readonly sinceSnapshot: number
  /** Where the tail behind the last snapshot begins. */
  readonly snapshotAfter: number
}

/** Rows of one kind. */
interface Table<Row> {
  get(key: string): Promise<Row | undefined>
  put(key: string, row: Row): Promise<void>
  remove(key: string): Promise<void>
  scan(range: IssuerRange): Promise<readonly { readonly key: string; readonly row: Row }[]>
}

/** Every table of the auth service, with the rows that it holds. */
export interface Tables {
  readonly users: Table<UserRow>
  readonly emails: Table<{ readonly userId: string }>
  readonly sessions: Table<SessionRow>
  readonly facts: Table<FactRow>
  /** Changes of access that the log is not known to have yet, by scope, id and number, with when they were made. */
  readonly unsent: Table<{ readonly at: number }>
  readonly due: Table<DueRow>
  readonly rings: Table<KeyRingRow>
  readonly feeds: Table<FeedRow>
}

/** The tables as a handler's transaction has them. */
export function tablesOf(rows: IssuerRows): Tables {
  return {
    users: table(rows, 'users'),
    emails: table(rows, 'emails'),
    sessions: table(rows, 'sessions'),
    facts: table(rows, 'facts'),
    unsent: table(rows, 'unsent'),
    due: table(rows, 'due'),
    rings: table(rows, 'state'),
    feeds: table(rows, 'state'),
  }
}

function table<Row>(rows: IssuerRows, name: IssuerTable): Table<Row> {
  // Only this service writes here, and it writes these rows; they consist of what JSON carries.
  const asRow = (value: Json): Row => value as Row
  return {
    get: async (key) => {
      const value = await rows.get(name, key)
      return value === undefined ? undefined : asRow(value)
    },
    put: (key, row) => rows.put(name, key, row as Json),
    remove: (key) => rows.remove(name, key),
    scan: async (range) => (await rows.scan(name, range)).map(({ key, value }: IssuerRow) => ({ key, row: asRow(value) })),
  }
}
