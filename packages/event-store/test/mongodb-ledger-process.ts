// A process of its own that stays inside a transaction on MongoDB, for tests that kill or stop it. Argument: the database's URL.
// It has written the row `contested` when it says `inside`, and goes on when it reads a line; then it tells how that ended,
// and writes the row once more in a transaction that it runs until it commits.
import { once } from 'node:events'
import { systemRuntime, TransactionConflict } from '@tidings/core'
import { mongodbDatabase } from '@tidings/event-store/mongodb'

const [url = ''] = process.argv.slice(2)
const ledger = await mongodbDatabase({ url }).open({ service: 'shelf', directory: 'nowhere', runtime: systemRuntime })
const ended = ledger.transaction(async (tx) => {
  await tx.put('rows', [{ key: 'contested', value: 'by the process' }])
  process.stdout.write('inside\n')
  await once(process.stdin, 'data')
})
process.stdout.write(
  await ended.then(
    () => 'committed\n',
    (error: unknown) => (error instanceof TransactionConflict ? 'conflict\n' : `${String(error)}\n`),
  ),
)
for (let isCommitted = false; !isCommitted; ) {
  isCommitted = await ledger
    .transaction((tx) => tx.put('rows', [{ key: 'again', value: 'by the process' }]))
    .then(
      () => true,
      () => false,
    )
}
process.stdout.write('again\n')
await once(process.stdin, 'data')
await ledger.close()
process.stdin.destroy()
