// A process of its own that stays inside a write transaction, for tests that kill, stop or wait for it. Argument: folder.
// It has written the row `unfinished` when it says so, and commits when it reads a line.
import { once } from 'node:events'
import { systemRuntime } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'

const [directory = '.'] = process.argv.slice(2)
const ledger = await sqlite().open({ service: 'shelf', directory, runtime: systemRuntime })
await ledger.transaction(async (tx) => {
  await tx.put('rows', [{ key: 'unfinished', value: 'written' }])
  process.stdout.write('inside\n')
  await once(process.stdin, 'data')
})
process.stdout.write('committed\n')
await ledger.close()
process.stdin.destroy()
