import type { Authenticator, EventLog, Service } from '@tidings/core'
import { createSystem, runSystem } from '@tidings/event-store'
import { httpClient, httpServer } from '@tidings/http'
import { secretIn } from './auth/auth-secret.ts'
import { authenticatorOf } from './auth/authenticator-of.ts'
import { gatewayOrOwn } from './auth/gateway-or-own.ts'
import type { AuthSettings } from './auth/settings.ts'
import { shopAuthService } from './auth/shop-auth-service.ts'
import { locateIn } from './locate.ts'
import { runAnnounced } from './run-announced.ts'
import { type ServiceName, shopServices } from './shop.ts'
import { checkStores, eventLogOf, type ShopStores } from './shop-stores.ts'

/** How a process of the shop runs. */
export interface RunOptions extends ShopStores {
  readonly port: number
  readonly auth: AuthSettings
}

/**
 * Runs one service of the shop in this process until it is told to stop: by SIGTERM or SIGINT, or by the end of the process
 * that started it. Finishes what is in flight first; a second signal, a second later, ends it at once.
 */
export function runService(name: ServiceName | 'auth', options: RunOptions): Promise<void> {
  checkStores(options)
  const { directory, databaseUrl, auth } = options
  const locate = locateIn(directory)
  const log = eventLogOf(options)
  const byStrategy = authenticatorOf(auth.strategy, { service: name, log, locate, maxStalenessMs: auth.maxStalenessMs })
  if (name !== 'auth') {
    const services = shopServices({ databaseUrl, isGuarded: byStrategy !== undefined })
    return run(name, services[name], log, byStrategy, options)
  }
  const service = shopAuthService({ ...auth, secret: auth.secret ?? secretIn(directory) }, databaseUrl)
  // Who may block others is asked of its own database, which is never late.
  const own = service.authenticator
  const authenticator = auth.strategy === 'gateway' && byStrategy !== undefined ? gatewayOrOwn(byStrategy, own) : own
  return run(name, service, log, authenticator, options)
}

async function run(
  name: ServiceName | 'auth',
  service: Service,
  eventStore: EventLog,
  authenticator: Authenticator | undefined,
  { directory, eventStoreUrl, port, auth }: RunOptions,
): Promise<void> {
  // Behind the gateway everybody would share its address, and its limits.
  const trustedProxies = auth.strategy === 'gateway' ? ['127.0.0.1', '::1'] : []
  const system = createSystem({
    services: [service],
    eventStore,
    directory,
    server: httpServer({ port, authenticator, trustedProxies }),
    client: httpClient({ locate: locateIn(directory) }),
  })
  const onMongodb = eventStoreUrl === undefined ? '' : `, the event log is ${eventStore.location}`
  const note = `its files are in ${directory}${onMongodb}`
  await runAnnounced({ name, port, directory, note }, (options) => runSystem(system, options))
}
