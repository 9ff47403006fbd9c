import { type Ledger, systemRuntime } from '@tidings/core'
import { type MongodbHandle, type MongodbOptions, mongodbDatabase } from '@tidings/event-store/mongodb'
import { onTestFinished } from 'vitest'

/** Opens the database of a service on MongoDB, with the collections made; closed at the latest when the test has finished. */
export async function openMongodbLedger(url: string, options: Omit<MongodbOptions, 'url'> = {}): Promise<Ledger<MongodbHandle>> {
  const ledger = await mongodbDatabase({ url, ...options }).open({ service: 'shelf', directory: 'nowhere', runtime: systemRuntime })
  onTestFinished(() => ledger.close())
  await ledger.prepare?.()
  return ledger
}
