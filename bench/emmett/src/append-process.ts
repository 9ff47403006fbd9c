// A process of its own, for its driver is another one: appends one event after the other to many streams at a line `<events>` on
// standard input, and prints how many that were in a second. Arguments: URL, appends in flight, streams.
import { createInterface } from 'node:readline'
import type { Event } from '@event-driven-io/emmett'
import { getMongoDBEventStore } from '@event-driven-io/emmett-mongodb'
import { MongoClient } from 'mongodb'

type OrderPlaced = Event<
  'orders.order-placed',
  { orderId: string; customerId: string; quantity: number; totalCents: number; placedAt: string }
>

const [url = '', inFlight = '256', streams = '1000'] = process.argv.slice(2)
const client = await new MongoClient(url, { writeConcern: { w: 'majority', journal: true } }).connect()
const store = getMongoDBEventStore({ client })
let made = 0

/** The same order as the library's benchmarks append. */
function nextEvent(): OrderPlaced {
  const n = made++
  return {
    type: 'orders.order-placed',
    data: {
      orderId: `order-${n}`,
      customerId: `customer-${n % 2_357}`,
      quantity: 1 + (n % 5),
      totalCents: 100 + ((n * 37) % 9_000),
      placedAt: '1997-01-01T00:00:00Z',
    },
  }
}

process.stdout.write('ready\n')
for await (const line of createInterface(process.stdin)) {
  const events = Number(line)
  let next = 0
  const one = async (): Promise<void> => {
    while (next < events) {
      // No two at once to one stream: there are more of them than appends in flight.
      const stream = next++ % Number(streams)
      await store.appendToStream(`orders:${stream}`, [nextEvent()])
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: Number(inFlight) }, one))
  process.stdout.write(`${events / ((performance.now() - startedAt) / 1_000)}\n`)
}
await client.close()
