import { GatewayNotListening } from '@tidings/auth/gateway'
import { TidingsError } from '@tidings/core'
import { AddressInUse } from '@tidings/http'
import { Command, Option } from 'commander'
import { authSettingsIn } from './auth/settings.ts'
import { describePortHolder } from './port-holder.ts'
import { runGateway } from './run-gateway.ts'
import { runService } from './run-service.ts'
import { type ProcessName, portOf, processNames, serviceNames } from './shop.ts'

interface Options {
  readonly directory: string
  readonly eventStore?: string
  readonly database?: string
  readonly port?: number
}

const ports = processNames.map((name) => `${name} ${portOf(name)}`).join(', ')

const authHelp = `
Environment:
  SHOP_AUTH                             introspect, gateway or local: callers sign in, and are told apart in this way (default: none)
  SHOP_ADMIN_EMAIL, SHOP_ADMIN_PASSWORD of an account that may block others, which auth makes at start
  SHOP_AUTH_SECRET                      of auth, at least 32 characters (default: one made at its first start)
  SHOP_MAX_STALENESS_MS                 for how long auth may be silent until nothing is trusted that it said (default: 30000)`

const program = new Command('pnpm shop')
  .description('Runs one service of the shop in this process, until Ctrl-C.')
  .argument('[service]', `the service to run: ${serviceNames.join(', ')}; where people sign in also auth and gateway`)
  .addOption(new Option('--directory <path>', 'where the event log and the databases are').env('SHOP_DIR').default('.tidings'))
  .addOption(new Option('--event-store <url>', 'the event log on MongoDB, mongodb://…, instead of a file').env('EVENT_STORE_URL'))
  .addOption(
    new Option('--database <url>', 'a MongoDB server, where the service has the database shop_<service>, instead of a file').env(
      'DATABASE_URL',
    ),
  )
  .addOption(new Option('--port <number>', `where it answers (default: ${ports})`).env('PORT').argParser(toPort))
  .addHelpText('after', authHelp)
  .showHelpAfterError('(pnpm shop --help tells more)')
  .action(async (text: string | undefined, { directory, eventStore, database, port }: Options) => {
    const name = toProcessName(text)
    const auth = authSettingsIn(process.env)
    // A variable that is set to nothing is not set.
    const stores = { directory, eventStoreUrl: eventStore || undefined, databaseUrl: database || undefined }
    const options = { ...stores, port: port ?? portOf(name), auth }
    await (name === 'gateway' ? runGateway(options) : runService(name, options))
  })

try {
  await program.parseAsync()
} catch (error) {
  // What Tidings throws on purpose says what to do; anything else is a fault of the code and shows where.
  if (error instanceof AddressInUse || (error instanceof GatewayNotListening && isInUse(error.cause)))
    console.error(`error: ${await describePortTaken(error.port)}`)
  else console.error(error instanceof TidingsError ? `error: ${error.message}` : error)
  process.exitCode = 1
}

function isInUse(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
}

async function describePortTaken(port: number): Promise<string> {
  const other = port < 65_000 ? port + 100 : port - 100
  return (
    `Port ${port} is taken by ${await describePortHolder(port)}. Stop that program, or choose another port with --port or PORT: ` +
    `npx -y pnpm@12 shop ${program.args[0]} --port ${other}. The other services find it there.`
  )
}

function toProcessName(text: string | undefined): ProcessName {
  const found = processNames.find((name) => name === text)
  if (found !== undefined) return found
  const what = text === undefined ? 'Which service is to run?' : `The shop has no service "${text}".`
  return program.error(`error: ${what} Give one of ${serviceNames.join(', ')}, auth, gateway, such as: npx -y pnpm@12 shop orders`)
}

function toPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  return program.error(`error: "${text}" is no port. Give a whole number from 1 to 65535 with --port or PORT.`)
}
