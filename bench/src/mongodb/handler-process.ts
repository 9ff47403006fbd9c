// A process of its own with a service that reacts to orders; an order's customer is the time at which it was appended. At a line
// `<events>` on standard input prints the p99 of the time to the handler, in milliseconds, once so many were handled since the
// last line. Arguments: URL of the log, URL of the service's database.
import { createInterface } from 'node:readline'
import { defineContract, defineService } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { mongodbDatabase, mongodbEventLog } from '@tidings/event-store/mongodb'
import { p99 } from '../cases/mongodb-latency.ts'
import { OrderPlaced } from '../orders.ts'
import { silentRuntime } from '../silent-runtime.ts'

const [logUrl = '', url = ''] = process.argv.slice(2)
let took: number[] = []
const reader = defineService(defineContract('readers', {}), { database: mongodbDatabase({ url }) })
  .on(
    OrderPlaced,
    async ({ customerId }) => {
      took.push(performance.timeOrigin + performance.now() - Number(customerId))
    },
    { from: 'beginning' },
  )
  .implement({})
const system = createSystem({ services: [reader], eventStore: mongodbEventLog({ url: logUrl }), runtime: silentRuntime })
await system.start()
process.stdout.write('ready\n')
for await (const line of createInterface(process.stdin)) {
  await system.settled()
  if (took.length !== Number(line)) throw new Error(`${took.length} events were handled, not ${line}.`)
  process.stdout.write(`${p99(took)}\n`)
  took = []
}
await system.stop()
