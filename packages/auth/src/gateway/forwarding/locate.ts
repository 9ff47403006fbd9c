import { DefinitionInvalid } from '@tidings/core'
import { unavailable } from '../refusals/refused.ts'

/** Where a service is: the origin, and what comes before the path of each request. */
export interface Location {
  readonly url: URL
  readonly prefix: string
}

/** Where services are: the address of each by name, or a function that is asked at each request. As `locate` of httpClient. */
export type LocateService = Readonly<Record<string, string>> | ((service: string) => string | undefined | Promise<string | undefined>)

/**
 * Checks the addresses that can be checked now and answers what finds the one of a service.
 *
 * @throws {DefinitionInvalid} Every service whose address is no http or https URL.
 */
export function locator(locate: LocateService): (service: string) => Promise<Location> {
  if (typeof locate !== 'function') {
    const faulty = Object.keys(locate).filter((service) => locationOf(locate[service]) === undefined)
    if (faulty.length > 0) {
      const reason = `the address of ${faulty.join(', ')} is no http or https URL without user, query and fragment`
      throw new DefinitionInvalid({ subject: 'gateway', reason, remedy: 'Write it like http://10.0.0.7:4101.' })
    }
  }
  return async (service) => {
    const address = typeof locate === 'function' ? await locate(service) : Object.hasOwn(locate, service) ? locate[service] : undefined
    const location = locationOf(address)
    if (location === undefined) throw unavailable(`The gateway does not know where ${service} is. Give its address in the option locate.`)
    return location
  }
}

function locationOf(address: string | undefined): Location | undefined {
  const url = address === undefined ? null : URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return undefined
  return { url, prefix: url.pathname.replace(/\/+$/, '') }
}
