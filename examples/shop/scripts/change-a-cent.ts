import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import { databaseOf } from '../src/database-of.ts'

// For `pnpm demo --before-compare`: adds one cent to one invoice in billing's database, behind the service's back.
const { SHOP_DIR = '.tidings', DATABASE_URL } = process.env

if (DATABASE_URL === undefined) {
  const database = new DatabaseSync(join(SHOP_DIR, 'billing.db'), { timeout: 5_000 })
  database.exec('update invoices set total_cents = total_cents + 1 where order_id = (select min(order_id) from invoices)')
  database.close()
} else {
  await using client = new MongoClient(DATABASE_URL)
  await client
    .db(databaseOf('billing'))
    .collection('invoices')
    .findOneAndUpdate({}, { $inc: { totalCents: 1 } }, { sort: { _id: 1 } })
}
