import { startMongod } from '../src/faults/start-mongod.ts'

// Starts a server, says so, and waits for its own death.
const mongod = await startMongod()
process.stdout.write(`${mongod.port}\n`)
setInterval(() => {}, 60_000)
