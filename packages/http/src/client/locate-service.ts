import { DefinitionInvalid } from '@tidings/core'
import { ServiceNotLocated } from './service-not-located.ts'

/**
 * Where services are: the address of each by name, or a function that is asked at each request. One way may be tried after
 * another: `(service) => byEnvironment(service) ?? byDns(service)`.
 */
export type Locate = Readonly<Record<string, string>> | ((service: string) => string | undefined | Promise<string | undefined>)

/** An address, split as requests need it. */
export interface Location {
  readonly origin: string
  /** Before the path of each request; empty or without a slash at its end. */
  readonly prefix: string
}

/**
 * Checks the addresses that can be checked now and answers what finds the one of a service.
 *
 * @throws {DefinitionInvalid} Every service whose address is no http or https URL.
 */
export function locator(locate: Locate): (service: string) => Location | Promise<Location> {
  if (typeof locate === 'function') {
    return (service) => {
      const found = locate(service)
      return found instanceof Promise ? found.then((address) => located(service, address)) : located(service, found)
    }
  }
  const faulty = Object.entries(locate).filter(([, address]) => locationOf(address) === undefined)
  if (faulty.length > 0) {
    const reason = `the address of ${faulty.map(([service]) => service).join(', ')} is no http or https URL without user, query and fragment`
    throw new DefinitionInvalid({ subject: 'HTTP client', reason, remedy: 'Write it like http://10.0.0.7:4101.' })
  }
  return (service) => located(service, Object.hasOwn(locate, service) ? locate[service] : undefined)
}

function located(service: string, address: string | undefined): Location {
  if (address === undefined) throw new ServiceNotLocated({ service, reason: 'its address is not known' })
  const location = locationOf(address)
  if (location === undefined)
    throw new ServiceNotLocated({ service, reason: 'its address is no http or https URL without user, query and fragment' })
  return location
}

function locationOf(address: string): Location | undefined {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return undefined
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') }
}
