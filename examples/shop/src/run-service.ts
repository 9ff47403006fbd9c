import { createSystem, runSystem } from '@tidings/event-store'
import { httpClient, httpServer, locateByEnvironment } from '@tidings/http'
import { addressBook } from './address-book.ts'
import { type ServiceName, shopServices } from './shop.ts'
import { checkStores, eventLogOf, type ShopStores } from './shop-stores.ts'

/** How a service of the shop runs. */
export interface RunServiceOptions extends ShopStores {
  readonly port: number
}

/**
 * Runs one service in this process until it is told to stop: by SIGTERM or SIGINT, or by the end of the process that
 * started it. Finishes what is in flight first; a second signal, a second later, ends it at once.
 */
export async function runService(name: ServiceName, { port, ...stores }: RunServiceOptions): Promise<void> {
  checkStores(stores)
  const { directory, eventStoreUrl, databaseUrl } = stores
  const addresses = addressBook(directory)
  const byEnvironment = locateByEnvironment()
  const eventStore = eventLogOf(stores)
  const system = createSystem({
    services: [shopServices(databaseUrl)[name]],
    eventStore,
    directory,
    server: httpServer({ port }),
    client: httpClient({ locate: (service) => byEnvironment(service) ?? addresses.locate(service) }),
  })

  const onMongodb = eventStoreUrl === undefined ? '' : `, the event log is ${eventStore.location}`

  const disconnected = new AbortController()
  // The demo holds a channel to each service that it starts.
  if (process.connected) process.once('disconnect', () => disconnected.abort())

  // Before it answers: others then wait for it, and never ask whoever has its usual port.
  const takeBack = addresses.announce(name, `http://127.0.0.1:${port}`)
  let isStarted = false
  const onStarted = (): void => {
    isStarted = true
    console.log(`${name} answers at http://127.0.0.1:${port}, its files are in ${directory}${onMongodb}`)
  }
  try {
    await runSystem(system, { until: disconnected.signal, onStarted })
  } catch (error) {
    // An instance that answers elsewhere, or the service that has this port, is not to be mistaken for this one.
    if (!isStarted) takeBack()
    throw error
  }
  // An open channel would keep this process alive.
  process.disconnect?.()
}
