import { systemRuntime } from '@tidings/core'
import { mongodbDatabase } from '@tidings/event-store/mongodb'

// Opens a database, uses it and closes it; then nothing keeps this process alive. `away` gives up waiting instead.
const [url = '', away] = process.argv.slice(2)
const opening = mongodbDatabase({ url, waitMs: away === undefined ? 60_000 : 100 }).open({
  service: 'shop',
  directory: '',
  runtime: systemRuntime,
})
if (away === undefined) {
  const ledger = await opening
  await ledger.transaction((tx) => tx.put('lamps', [{ key: 'a', value: 1 }]))
  await ledger.close()
} else await opening.catch(({ code }) => process.stdout.write(`${code}\n`))
