import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteIssuerStore } from '@tidings/auth/issuer'
import { mongodbIssuerStore } from '@tidings/auth/issuer-mongodb'
import { MongoClient } from 'mongodb'
import { describe, inject, onTestFinished } from 'vitest'
import type { IssuerStore } from '../../src/issuer.ts'

/** A store of the auth service, of whatever kind. */
// biome-ignore lint/suspicious/noExplicitAny: which handle it gives is between the store and the service
export type AnyIssuerStore = IssuerStore<any>

/** A place of the test's own, and the store that the auth service keeps there. */
export interface Place {
  readonly kind: 'sqlite' | 'mongodb'
  readonly directory: string
  /** The URL of the database on MongoDB. */
  readonly url: string | undefined
}

const server = inject('mongodbUrl')

/** Runs a suite on SQLite and, where the run has a server, on MongoDB. */
export function onEachStore(suite: (place: () => Promise<Place>) => void): void {
  describe('on SQLite', () => suite(() => place('sqlite')))
  describe.skipIf(server === undefined)('on MongoDB', () => suite(() => place('mongodb')))
}

/** The store at a place. Made anew for each process or start. */
export function storeAt({ kind, url }: Pick<Place, 'kind' | 'url'>): AnyIssuerStore {
  return kind === 'mongodb' ? mongodbIssuerStore({ url: url ?? '' }) : sqliteIssuerStore()
}

async function place(kind: Place['kind']): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'tidings-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return { kind, directory, url: kind === 'mongodb' ? databaseOfTest() : undefined }
}

function databaseOfTest(): string {
  const url = new URL(server ?? '')
  url.pathname = `/tidings-test-${randomBytes(6).toString('hex')}`
  onTestFinished(async () => {
    const client = new MongoClient(url.href)
    try {
      await client.db().dropDatabase()
    } finally {
      await client.close()
    }
  })
  return url.href
}
