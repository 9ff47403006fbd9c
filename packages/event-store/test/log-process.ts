// A process of its own that uses a log, for tests with several. Arguments: file, own name, and what to do:
//   append <count> <in flight>  appends so many events, prints `<id> <position>` for each that was acknowledged
//   read <count>                reads at each ring until it has seen so many events, prints their positions
//   listen                      prints `listening`, then lives for as long as the log makes it
//   hold                        takes the file's lock, prints `held`, lets go at a line on standard input, prints `released`
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { newEvent } from './new-event.ts'

const [file = '', name = '', task = '', first = '1000000', second = '1'] = process.argv.slice(2)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

if (task === 'hold') {
  const database = new DatabaseSync(file)
  database.exec('BEGIN IMMEDIATE')
  say('held')
  await once(process.stdin, 'data')
  database.exec('COMMIT')
  database.close()
  say('released')
  process.stdin.destroy()
} else {
  const log = sqliteEventLog({ file, appendTimeoutMs: 60_000 })
  if (task === 'append') {
    let left = Number(first)
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const events = Array.from({ length: left % 5 === 0 ? 3 : 1 }, () => newEvent(left, { correlationId: name }))
        const positions = await log.append(events)
        say(events.map(({ id }, i) => `${id} ${positions[i]}`).join('\n'))
      }
    }
    await Promise.all(Array.from({ length: Number(second) }, worker))
  } else if (task === 'read') {
    const positions: number[] = []
    // A log that is listened to keeps no process alive.
    const staying = setInterval(() => {}, 60_000)
    const { promise: rung, resolve: done, reject } = Promise.withResolvers<void>()
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
    say('reading')
    await rung
    ringing[Symbol.dispose]()
    clearInterval(staying)
    say(positions.join(' '))
  } else if (task === 'listen') {
    log.onAdvance(() => {})
    await log.sealed()
    say('listening')
  }
  if (task !== 'listen') await log.close()
}
