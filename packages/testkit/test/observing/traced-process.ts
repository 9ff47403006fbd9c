// Serves services of the traced shop in a process of its own, until its parent is gone. Arguments: the folder, and the services.
// Says in files where they answer. Sent anything, it answers with the spans that have ended.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requestPolicy } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { httpClient, httpServer } from '@tidings/http'
import { quietRuntime } from '../quiet-runtime.ts'
import { recordSpans } from './record-spans.ts'
import { type TracedName, tracedServices } from './traced-services.ts'

const spans = recordSpans()
const [directory = '.', ...names] = process.argv.slice(2)
const services = tracedServices()
const server = httpServer({ port: 0, runtime: quietRuntime })
const locate = (service: string): string => readFileSync(join(directory, `${service}.url`), 'utf8')
const system = createSystem({
  services: names.map((name) => services[name as TracedName]),
  directory,
  server,
  client: httpClient({ locate }),
  policy: requestPolicy(),
  runtime: quietRuntime,
})
process.on('message', () => process.send?.(spans()))
process.once('disconnect', () => process.exit())
await system.start()
for (const name of names) {
  writeFileSync(join(directory, `${name}.new`), String(server.url))
  renameSync(join(directory, `${name}.new`), join(directory, `${name}.url`))
}
process.send?.('started')
