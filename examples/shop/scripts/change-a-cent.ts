import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

// For `pnpm demo --before-compare`: adds one cent to one invoice in billing's database, behind the service's back.
const database = new DatabaseSync(join(process.env.SHOP_DIR ?? '.tidings', 'billing.db'), { timeout: 5_000 })
database.exec('update invoices set total_cents = total_cents + 1 where order_id = (select min(order_id) from invoices)')
database.close()
