import { TidingsError } from '@tidings/core'
import { checkBoundaries, createSystem } from '@tidings/event-store'
import { Command, Option } from 'commander'
import { type ServiceName, serviceNames, shopServices } from './shop.ts'
import { checkStores, eventLogOf, type ShopStores } from './shop-stores.ts'

interface Options {
  readonly directory: string
  readonly eventStore?: string
  readonly database?: string
}

// With "run": pnpm has a doctor of its own.
const program = new Command('pnpm run doctor')
  .description(
    'Tells what the database user of each service may touch. Fails when that is more than its own database and the event log. ' +
      'Give it what the service is given: each has a user of its own.',
  )
  .argument('[services...]', `${serviceNames.join(', ')} (default: all)`)
  .addOption(new Option('--directory <path>', 'where the event log and the databases are').env('SHOP_DIR').default('.tidings'))
  .addOption(new Option('--event-store <url>', 'the event log on MongoDB, mongodb://…').env('EVENT_STORE_URL'))
  .addOption(new Option('--database <url>', 'the MongoDB server with the database shop_<service>').env('DATABASE_URL'))
  .showHelpAfterError('(pnpm run doctor --help tells more)')
  .action(async (names: readonly string[], { directory, eventStore, database }: Options) => {
    const chosen = names.length === 0 ? serviceNames : names.map(toServiceName)
    // A variable that is set to nothing is not set.
    const stores = { directory, eventStoreUrl: eventStore || undefined, databaseUrl: database || undefined }
    checkStores(stores)
    for (const name of chosen) if (!(await examine(name, stores))) process.exitCode = 1
  })

try {
  await program.parseAsync()
} catch (error) {
  // What Tidings throws on purpose says what to do; anything else is a fault of the code and shows where.
  console.error(error instanceof TidingsError ? `error: ${error.message}` : error)
  process.exitCode = 1
}

/** @returns Whether the service stays within its boundary. */
async function examine(name: ServiceName, stores: ShopStores): Promise<boolean> {
  // Never started: it is only asked which stores it would open.
  await using system = createSystem({
    services: [shopServices(stores)[name]],
    eventStore: eventLogOf(stores),
    directory: stores.directory,
  })
  const report = await checkBoundaries(system)
  console.log(`${name}\n${`${report}`.replaceAll(/^/gm, '  ')}`)
  return report.holds
}

function toServiceName(text: string): ServiceName {
  const found = serviceNames.find((name) => name === text)
  return found ?? program.error(`error: The shop has no service "${text}". It has ${serviceNames.join(', ')}.`)
}
