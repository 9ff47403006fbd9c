import { systemRuntime } from '@tidings/core'
import { mongodbDatabase, mongodbEventLog } from '@tidings/event-store/mongodb'
import { anEvent } from '../src/conformance/log/an-event.ts'

// Opens a database and a log, uses them and closes them; then nothing keeps this process alive. `away` gives up waiting instead.
const [url = '', away] = process.argv.slice(2)
const opening = mongodbDatabase({ url, waitMs: away === undefined ? 60_000 : 100 }).open({
  service: 'shop',
  directory: '',
  runtime: systemRuntime,
})
if (away === undefined) {
  const ledger = await opening
  await ledger.transaction((tx) => tx.put('lamps', [{ key: 'a', value: 1 }]))
  const log = mongodbEventLog({ url })
  const rung = new Promise<void>((ring) => log.onAdvance(ring))
  await log.append([anEvent()])
  await rung
  await log.close()
  await ledger.close()
} else await opening.catch(({ code }) => process.stdout.write(`${code}\n`))
