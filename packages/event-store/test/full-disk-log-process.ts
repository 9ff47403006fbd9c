// A process whose files may grow no further than a limit set from outside, as on a full disk. Argument: file.
// Appends until nothing is taken any more; prints what it was told, and the codes of what it was refused, as one line of JSON.
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { newEvent } from './new-event.ts'

const [file = ''] = process.argv.slice(2)
const log = sqliteEventLog({ file })
const told: [string, number][] = []
const codes = new Set<unknown>()

async function append(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => newEvent(i, { data: JSON.stringify('x'.repeat(10_000)) }))
  try {
    const positions = await log.append(events)
    told.push(...events.map(({ id }, i): [string, number] => [id, positions[i] ?? 0]))
  } catch (error) {
    codes.add(error instanceof Error && 'code' in error ? error.code : String(error))
  }
}

while (codes.size === 0) await Promise.all([append(1), append(3)])
// More than SQLite holds in memory: it fails in the middle, not at the commit.
await append(900)
// A smaller one may still find room.
await append(1)
const { events } = await log.read({ after: 0, limit: 10_000 })
if (events.length < told.length) codes.add('LOST')
process.stdout.write(`${JSON.stringify({ told, codes: [...codes] })}\n`)
await log.close()
