// Serves the store or the till in a process of its own, until it is told to stop. Arguments: folder, service, the store's address.
// Prints its own address once it is ready.
import { systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { httpClient, httpServer } from '@tidings/http'
import { storeService, tillService } from './store-and-till.ts'

const [directory = '.', service = 'store', store = ''] = process.argv.slice(2)
const server = httpServer({ port: 0 })
const system = createSystem({
  services: [service === 'store' ? storeService : tillService],
  directory,
  server,
  ...(store === '' ? {} : { client: httpClient({ locate: { store } }) }),
  runtime: { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } },
})
process.once('SIGTERM', () => void system.stop())
await system.start()
process.stdout.write(`${server.url}\n`)
