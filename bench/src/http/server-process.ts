// A process of its own that serves the catalogue twice: with the library, and with bare Fastify and the same schemas. At any line
// on standard input prints where, as JSON.
import { createInterface } from 'node:readline'
import { createSystem } from '@tidings/event-store'
import { memoryEventLog } from '@tidings/event-store/memory'
import { httpServer } from '@tidings/http'
import { fastify } from 'fastify'
import { silentRuntime } from '../silent-runtime.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'
import { Answer, catalogueService, offersFor, Question } from './catalogue.ts'

const directory = new TemporaryDirectory()
const server = httpServer({ port: 0, runtime: silentRuntime })
const system = createSystem({
  services: [catalogueService],
  eventStore: memoryEventLog(),
  directory: directory.file('catalogue'),
  server,
  runtime: silentRuntime,
})
await system.start()

const bare = fastify()
bare.post('/offers', async (request) => Answer.parse(offersFor(Question.parse(request.body))))
await bare.listen({ port: 0, host: '127.0.0.1' })
const [address] = bare.addresses()

process.stdout.write('ready\n')
for await (const _ of createInterface(process.stdin)) {
  process.stdout.write(
    `${JSON.stringify({ ours: server.url, bare: `http://127.0.0.1:${typeof address === 'object' ? address.port : 0}` })}\n`,
  )
}
await bare.close()
await system.stop()
directory.remove()
