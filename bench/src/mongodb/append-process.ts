// A process of its own that appends for some seconds at a line on standard input, `ours <ms>` or `bare <ms>`, and prints how
// many were acknowledged. Arguments: URL, its number, how many appends are in flight at once.
import { createInterface } from 'node:readline'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { eventAt } from '../orders.ts'
import { BareEvents, documentOf } from './bare-events.ts'

const [url = '', number = '0', inFlight = '1'] = process.argv.slice(2)
const log = mongodbEventLog({ url })
await log.identity()
const bare = await BareEvents.open(url)
// Positions of its own: the bare side has nothing to agree on.
let made = Number(number) * 100_000_000

async function appendFor(ms: number, append: () => Promise<unknown>): Promise<number> {
  const until = performance.now() + ms
  let acknowledged = 0
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      await append()
      acknowledged++
    }
  }
  await Promise.all(Array.from({ length: Number(inFlight) }, one))
  return acknowledged
}

process.stdout.write('ready\n')
for await (const line of createInterface(process.stdin)) {
  const [side, ms] = line.split(' ')
  const append =
    side === 'ours'
      ? () => log.append([eventAt(made++)])
      : () => {
          const position = ++made
          return bare.collection.insertOne(documentOf(eventAt(position), position))
        }
  process.stdout.write(`${await appendFor(Number(ms), append)}\n`)
}
await log.close()
await bare.close()
