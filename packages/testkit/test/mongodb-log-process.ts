// A process of its own that uses a log on MongoDB, for tests with several. Arguments: URL, own name, and what to do:
//   append <count> <in flight>  appends so many times, each fifth time three events; prints `<id> <position>` for each that was acknowledged
//   read <count>                reads at each ring until it has seen so many events, prints their positions
import { type NewEvent, newId, systemRuntime } from '@tidings/core'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { anEvent } from '../src/conformance/log/an-event.ts'
import { quietRuntime } from './quiet-runtime.ts'

const [url = '', name = '', task = '', first = '1000000', second = '1'] = process.argv.slice(2)
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const log = mongodbEventLog({ url, runtime: quietRuntime })

/** As the relay does: the same events, until they are in. */
async function appendUntilDone(events: readonly NewEvent[]): Promise<void> {
  for (;;) {
    try {
      const positions = await log.append(events)
      say(events.map(({ id }, i) => `${id} ${positions[i]}`).join('\n'))
      return
    } catch {
      await systemRuntime.clock.sleep(20)
    }
  }
}

if (task === 'append') {
  let left = Number(first)
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const correlationId = `${name} ${newId(systemRuntime)}`
      await appendUntilDone(Array.from({ length: left % 5 === 0 ? 3 : 1 }, () => anEvent({ correlationId })))
    }
  }
  await Promise.all(Array.from({ length: Number(second) }, worker))
} else {
  const positions: number[] = []
  const { promise: seenAll, resolve: done, reject } = Promise.withResolvers<void>()
  let after = 0
  const read = async (): Promise<void> => {
    const { events, upTo } = await log.read({ after, limit: 50 })
    // Rings overlap; whoever comes late has read what another read already.
    if (upTo <= after) return
    positions.push(...events.map(({ position }) => position).filter((position) => position > after))
    after = upTo
    if (positions.length >= Number(first)) done()
    else await read()
  }
  const ringing = log.onAdvance(() => void read().catch(reject))
  await read()
  await seenAll
  ringing[Symbol.dispose]()
  say(positions.join(' '))
}
// Nothing is left open: the process ends by itself.
await log.close()
