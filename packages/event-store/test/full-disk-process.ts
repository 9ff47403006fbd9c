// A process whose files may grow no further than a limit set from outside, as on a full disk. Argument: folder.
// Prints what it was promised and what it was refused, as one line of JSON.
import { systemRuntime } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'

const [directory = '.'] = process.argv.slice(2)
const ledger = await sqlite().open({ service: 'shelf', directory, runtime: systemRuntime })
const value = 'x'.repeat(10_000)
const codes = new Set<unknown>()
const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : String(error))

/** Ten rows, in calls of their own. Goes on after an error, as a handler that swallows errors would. */
async function write(group: number, rows: number, stubborn: boolean): Promise<boolean> {
  try {
    await ledger.transaction(async (tx) => {
      for (let i = 0; i < rows; i++) {
        const put = tx.put('rows', [{ key: `${group} ${i}`, value }])
        await (stubborn ? put.catch((error: unknown) => codes.add(codeOf(error))) : put)
      }
    })
    return true
  } catch (error) {
    codes.add(codeOf(error))
    return false
  }
}

const committed: number[] = []
let group = 0
while (await write(group, 10, false)) committed.push(group++)
// More than SQLite holds in memory: it fails in the middle, not at the commit.
if (await write(1_000, 2_000, true)) committed.push(1_000)
const seen = await ledger.read((reader) => reader.scan('rows', { limit: 10_000 }))
process.stdout.write(`${JSON.stringify({ committed, codes: [...codes], seen: seen.length })}\n`)
await ledger.close()
