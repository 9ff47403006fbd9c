// A process that may read a ledger's file and not write it. Argument: folder. Prints the code of the error it meets.
import { systemRuntime } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'

// File modes do not bind the superuser.
if (process.getuid?.() === 0) process.setuid?.(65_534)
const [directory = '.'] = process.argv.slice(2)
try {
  const ledger = await sqlite().open({ service: 'shelf', directory, runtime: systemRuntime })
  await ledger.transaction((tx) => tx.put('rows', [{ key: 'b', value: 'here' }]))
  process.stdout.write('written')
} catch (error) {
  process.stdout.write(error instanceof Error && 'code' in error ? String(error.code) : String(error))
}
