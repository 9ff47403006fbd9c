import { TidingsError } from '@tidings/core'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { runService } from './run-service.ts'
import { portOf, type ServiceName, serviceNames } from './shop.ts'

interface Options {
  readonly directory: string
  readonly port?: number
}

const ports = serviceNames.map((name) => `${name} ${portOf(name)}`).join(', ')

const program = new Command('pnpm shop')
  .description('Runs one service of the shop in this process, until Ctrl-C.')
  .addArgument(new Argument('<service>', 'the service to run').choices(serviceNames))
  .addOption(new Option('--directory <path>', 'where the event log and the databases are').env('SHOP_DIR').default('.tidings'))
  .addOption(new Option('--port <number>', `where it answers (default: ${ports})`).env('PORT').argParser(toPort))
  .showHelpAfterError('(pnpm shop --help tells more)')
  .action(async (name: ServiceName, { directory, port = portOf(name) }: Options) => {
    await runService(name, { directory, port })
  })

try {
  await program.parseAsync()
} catch (error) {
  // What Tidings throws on purpose says what to do; anything else is a fault of the code and shows where.
  console.error(error instanceof TidingsError ? `error: ${error.message}` : error)
  process.exitCode = 1
}

function toPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('A port is a whole number from 1 to 65535.')
  return port
}
