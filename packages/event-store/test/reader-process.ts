// A process of its own that runs the readers, for tests that kill or stop it; a note that says "die" kills it. Arguments:
// folder, lease in milliseconds.
import { createSystem } from '@tidings/event-store'
import { readersService, see } from './notes.ts'

const [directory = '.', leaseMs = '5000'] = process.argv.slice(2)
const service = readersService(
  async (note, ctx) => {
    if (note.text === 'die') process.kill(process.pid, 'SIGKILL')
    await see(ctx, String(process.pid), note)
  },
  { leaseMs: Number(leaseMs) },
)
const system = createSystem({ services: [service], directory })
process.on('SIGTERM', () => void system.stop().then(() => process.stdout.write('stopped\n')))
await system.start()
process.stdout.write('started\n')
await system.settled({ timeoutMs: 600_000 })
process.stdout.write('settled\n')
