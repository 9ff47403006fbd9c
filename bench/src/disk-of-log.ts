import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type NewEvent, newId, systemRuntime, TidingsError } from '@tidings/core'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { MongoClient } from 'mongodb'

const help = `node --conditions=source bench/src/disk-of-log.ts <url> [options]

Fills a log on MongoDB with events as examples/shop has them, and says what they take. The URL names its database,
which stays; called again, it goes on where it was.

  --events N   how many (default 1000000)
  --files DIR  the server's --dbpath, to be measured too`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { events: { type: 'string', default: '1000000' }, files: { type: 'string' }, help: { type: 'boolean', default: false } },
})
const [url] = positionals
const events = Number(values.events)
if (values.help || url === undefined || !Number.isSafeInteger(events) || events < 1) {
  process.stderr.write(`${help}\n`)
  process.exit(values.help ? 0 : 2)
}

const log = mongodbEventLog({ url })
for (let from = await log.sealed(); from < events; from += 1_000) {
  const some = Array.from({ length: Math.min(1_000, events - from) }, (_, i) => shopEvent(from + i))
  await appendSurely(some)
  if (from % 50_000 === 0) process.stderr.write(`${from.toLocaleString('en')} events\n`)
}
await log.close()

await using client = await new MongoClient(url).connect()
// What is in the server's memory is in its files after that.
await client.db('admin').command({ fsync: 1 })

const stats = await client.db().command({ collStats: 'events' })
const report = {
  documents: stats.count,
  documentBytes: stats.avgObjSize,
  data: megabytes(stats.size),
  storage: megabytes(stats.storageSize),
  indexes: Object.fromEntries(Object.entries<number>(stats.indexSizes).map(([name, size]) => [name, megabytes(size)])),
  files: values.files === undefined ? undefined : megabytes(sizeOf(values.files)),
}
console.log(report)

/** Of seven events one is a new customer, three are orders and three their invoices, as in the shop's sample. */
function shopEvent(n: number): NewEvent {
  const id = newId(systemRuntime)
  const order = { customerId: String(n % 23_570).padStart(5, '0'), totalCents: 100 + ((n * 37) % 9_000), placedAt: '1997-01-01T00:00:00Z' }
  const time = new Date().toISOString()
  const base = { id, version: 1, time, correlationId: newId(systemRuntime), headers: {}, encoding: 'json' } as const
  const orderId = newId(systemRuntime)
  switch (n % 7) {
    case 0: {
      const data = { customerId: order.customerId, name: `Customer ${order.customerId}`, registeredAt: time }
      return { ...base, type: 'customers.customer-registered', service: 'customers', key: order.customerId, data: JSON.stringify(data) }
    }
    case 1:
    case 2:
    case 3: {
      const data = { ...order, quantity: 2, orderId }
      return { ...base, type: 'orders.order-placed', service: 'orders', key: orderId, data: JSON.stringify(data) }
    }
    default: {
      const data = { orderId, ...order }
      const causationId = newId(systemRuntime)
      return { ...base, causationId, type: 'billing.invoice-issued', service: 'billing', key: orderId, data: JSON.stringify(data) }
    }
  }
}

/** Once more with the same ids, for as long as it takes. */
async function appendSurely(some: readonly NewEvent[]): Promise<void> {
  for (;;) {
    try {
      await log.append(some)
      return
    } catch (error) {
      if (!(error instanceof TidingsError && error.retryable)) throw error
      process.stderr.write(`${error.message}\n`)
    }
  }
}

function sizeOf(directory: string): number {
  return 1_024 * Number(execFileSync('du', ['-sk', directory], { encoding: 'utf8' }).split('\t')[0])
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`
}
