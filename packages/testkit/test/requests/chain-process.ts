// Serves one service of the durable chain, or all of them, in a process of its own until it is told to stop.
// Arguments: the folder, and the name of the service or `all`. Says in a file where it answers.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requestPolicy } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { httpClient, httpServer } from '@tidings/http'
import { quietRuntime } from '../quiet-runtime.ts'
import { type ChainName, chainNames, durableService } from './durable-chain.ts'

const [directory = '.', name = 'all'] = process.argv.slice(2)
const names = name === 'all' ? chainNames : [name as ChainName]
const server = httpServer({ port: 0, runtime: quietRuntime })
const locate = (service: string): string => readFileSync(join(directory, `${service}.url`), 'utf8')
const system = createSystem({
  services: names.map((one) => durableService(one, directory)),
  directory,
  server,
  client: httpClient({ locate }),
  // So that nobody waits for long after a kill.
  policy: requestPolicy({ pauseMs: 100 }),
  runtime: quietRuntime,
})
process.once('SIGTERM', () => void system.stop())
// The test holds a channel: without it this process ends too.
process.once('disconnect', () => process.exit())
await system.start()
for (const one of names) {
  writeFileSync(join(directory, `${one}.new`), String(server.url))
  renameSync(join(directory, `${one}.new`), join(directory, `${one}.url`))
}
process.send?.('started')
