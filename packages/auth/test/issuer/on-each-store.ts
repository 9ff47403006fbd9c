import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { describe, inject, onTestFinished } from 'vitest'
import type { Place } from './fixtures.ts'

const server = inject('mongodbUrl')

/** Runs a suite on SQLite and, where the run has a server, on MongoDB. */
export function onEachStore(suite: (place: () => Promise<Place>) => void): void {
  describe('on SQLite', () => suite(() => place('sqlite')))
  describe.skipIf(server === undefined)('on MongoDB', () => suite(() => place('mongodb')))
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
