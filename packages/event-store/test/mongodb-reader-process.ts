// A process of its own that runs the readers on MongoDB, for tests that kill it. Arguments: folder, the database's URL.
// At the note `stop here` its handler writes, says so and never comes back: the batch stays open.
import { createSystem } from '@tidings/event-store'
import { mongodbReaders, seeOnMongodb } from './mongodb-notes.ts'

const [directory = '.', url = ''] = process.argv.slice(2)
const service = mongodbReaders(
  url,
  async ({ noteId, text }, { db }) => {
    await seeOnMongodb(db, 'killed', noteId)
    if (text !== 'stop here') return
    process.stdout.write('inside\n')
    await new Promise(() => {})
  },
  { leaseMs: 600_000, handlerTimeoutMs: 600_000 },
)
await createSystem({ services: [service], directory }).start()
process.stdout.write('started\n')
