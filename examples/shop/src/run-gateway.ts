import { gateway } from '@tidings/auth/gateway'
import { auth } from '@tidings/auth/issuer'
import { authenticatorOf } from './auth/authenticator-of.ts'
import { locateIn } from './locate.ts'
import { runAnnounced } from './run-announced.ts'
import type { RunOptions } from './run-service.ts'
import { guardedContracts } from './shop.ts'
import { checkStores, eventLogOf } from './shop-stores.ts'

/** Runs the gateway in this process until it is told to stop: the one way to the services with `SHOP_AUTH=gateway`. */
export async function runGateway(options: RunOptions): Promise<void> {
  checkStores(options)
  const { directory, port, auth: settings } = options
  const log = eventLogOf(options)
  const locate = locateIn(directory)
  // It verifies tokens as a service with `local` does, and is the only one that sees them.
  const authenticator = authenticatorOf('local', { ...settings, service: 'gateway', log, locate })
  const door = gateway({ port, routes: [auth, ...guardedContracts].map((contract) => ({ contract })), locate, authenticator })
  await runAnnounced({ name: 'gateway', port, directory, note: 'and knows the way to all services' }, async ({ until, onStarted }) => {
    try {
      await door.start()
      onStarted()
      await stopSignal(until)
    } finally {
      await door.stop()
      await log.close()
    }
  })
}

/** Resolves when the process is told to stop. A second signal that comes a second later ends it at once. */
function stopSignal(until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const receive = (): void => {
      if (firstAt !== undefined && performance.now() - firstAt >= 1_000) process.exit(1)
      firstAt ??= performance.now()
      resolve()
    }
    process.on('SIGTERM', receive).on('SIGINT', receive)
    until.addEventListener('abort', () => resolve(), { once: true })
  })
}
