// A process that raises a counter again and again, for tests that count with several. Arguments: folder, own name, times.
// Prints how often it was told that it has. Without a number of times it goes on until it is killed.
import { systemRuntime } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'

const [directory = '.', name = 'nobody', times = 'Infinity'] = process.argv.slice(2)
const ledger = await sqlite({ lockTimeoutMs: 60_000 }).open({ service: 'shelf', directory, runtime: systemRuntime })
for (let own = 1; own <= Number(times); own++) {
  await ledger.transaction(async (tx) => {
    const [counted] = await tx.get('counts', ['all'])
    await tx.put('counts', [{ key: 'all', value: Number(counted ?? 0) + 1 }])
    await tx.put('counts', [{ key: name, value: own }])
  })
  process.stdout.write(`${own}\n`)
}
await ledger.close()
