import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TidingsError } from '@tidings/core'
import { Command, Option } from 'commander'
import { DemoFault } from './demo/demo-fault.ts'
import { readPurchases } from './demo/read-purchases.ts'
import { createScreen } from './demo/screen.ts'
import { stopSignal } from './demo/stop-signal.ts'
import { playStory } from './demo/story.ts'
import { defaultFirstPort, portOf } from './shop.ts'

interface Options {
  readonly eventStore?: string
  readonly database: 'sqlite' | 'mongodb'
  readonly file?: string
  readonly firstPort: number
  readonly keep?: boolean
  readonly beforeCompare?: string
}

const sample = fileURLToPath(new URL('../data/purchases-sample.csv', import.meta.url))
/** Of the sample; of another file it is the same share, 3/7. */
const sampleKillAfter = 3_000

const program = new Command('pnpm demo')
  .description('Plays real purchases through four services in four processes, kills one of them, and shows that nothing was lost.')
  .option('--event-store <url>', 'keep the event log on MongoDB, mongodb://…, instead of in a file')
  .addOption(
    new Option('--database <kind>', 'with mongodb the services have databases shop_<service> on the server that DATABASE_URL names')
      .choices(['sqlite', 'mongodb'])
      .default('sqlite'),
  )
  .option('--file <csv>', 'purchases to play, with the columns date, customerId, quantity and totalCents (default: 6,919 real ones)')
  .option('--first-port <number>', 'the services answer at this port and the three after it', toFirstPort, defaultFirstPort)
  .option('--keep', 'keep the event log and the databases, and say where they are')
  .option(
    '--before-compare <command>',
    'run a shell command before the comparison, with SHOP_DIR, EVENT_STORE_URL and DATABASE_URL set as for the services: change a cent in a database and see it named',
  )
  .addHelpText('after', '\nEnds with 0 when the services say exactly what the file says, and with 1 when they do not.')
  .showHelpAfterError('(pnpm demo --help tells more)')
  .action(demo)

await program.parseAsync()

async function demo({ eventStore, database, file, firstPort, keep, beforeCompare }: Options): Promise<void> {
  const databaseUrl = database === 'mongodb' ? givenDatabaseUrl() : undefined
  const screen = createScreen()
  const stop = stopSignal()
  let directory: string | undefined
  let keepFiles = keep === true
  try {
    const purchases = await readPurchases(file ?? sample)
    const killAfter = file === undefined ? sampleKillAfter : Math.ceil((purchases.length * 3) / 7)
    // A directory of its own, so that a run before it, or the services of `pnpm shop`, stay as they are.
    await mkdir('.tidings', { recursive: true })
    directory = await mkdtemp(join('.tidings', 'demo-'))
    const { differences } = await playStory({
      purchases,
      killAfter,
      place: { directory, firstPort, eventStoreUrl: eventStore, databaseUrl },
      beforeCompare,
      screen,
      signal: stop.signal,
    })
    if (differences.length > 0) {
      process.exitCode = 1
      keepFiles = true
    }
  } catch (error) {
    if (stop.signal.aborted) {
      screen.line()
      screen.line('Stopped.')
      process.exitCode = stop.exitCode()
    } else {
      console.error(error instanceof DemoFault || error instanceof TidingsError ? `error: ${error.message}` : error)
      process.exitCode = 1
    }
  } finally {
    if (directory !== undefined && keepFiles) screen.line(`The event log and the databases are in ${directory}`)
    else if (directory !== undefined) await rm(directory, { recursive: true, force: true })
    stop[Symbol.dispose]()
  }
}

function givenDatabaseUrl(): string {
  return (
    process.env.DATABASE_URL ||
    program.error(
      'error: --database mongodb asks for a server, and DATABASE_URL does not name one. Set it, such as: ' +
        'DATABASE_URL=mongodb://127.0.0.1:27017 npx -y pnpm@12 demo --database mongodb',
    )
  )
}

function toFirstPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 2 || portOf('gateway', port) > 65_535)
    program.error(`error: "${text}" is no port to begin at. Give a whole number from 2 to 65531, such as --first-port 5101.`)
  return port
}
