import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { describe, inject, onTestFinished } from 'vitest'

const server = inject('mongodbUrl')

/** A suite that needs the run's MongoDB server; skipped where there is none, which the end of the run says. */
export const describeOnMongodb = describe.skipIf(server === undefined)

/** The URL of a database of the test's own, dropped when the test has finished. */
export function mongodbDatabase(): string {
  const url = new URL(server ?? '')
  url.pathname = `/tidings-test-${randomBytes(6).toString('hex')}`
  onTestFinished(() => drop(url.href))
  return url.href
}

async function drop(url: string): Promise<void> {
  const client = new MongoClient(url)
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}
