/** Where services are by name. */
export interface DnsOptions {
  /** What follows the service's name, such as `shop.svc.cluster.local`. @default nothing: the resolver's search list adds it */
  readonly domain?: string
  /** @default the one of the protocol */
  readonly port?: number
  /** @default 'http' */
  readonly protocol?: 'http' | 'https'
}

/**
 * Finds services by their names in DNS, as in Kubernetes: `orders` at `http://orders.shop.svc.cluster.local:8080`. The name is
 * looked up anew for each connection, so a service that moved is found once its old connections are gone.
 */
export function locateByDns(options: DnsOptions = {}): (service: string) => string {
  const { domain, port, protocol = 'http' } = options
  return (service) => `${protocol}://${service}${domain === undefined ? '' : `.${domain}`}${port === undefined ? '' : `:${port}`}`
}
