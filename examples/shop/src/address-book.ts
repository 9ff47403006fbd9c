import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { portOf, type ServiceName, serviceNames } from './shop.ts'

/** Where the services of one directory find each other, whatever ports they were given. */
export interface AddressBook {
  /** Says where a service answers. @returns Takes it back: what was said before holds again. */
  announce(service: ServiceName, url: string): () => void
  /** Where a service answers: what it said last, else its usual port on this machine. */
  locate(service: string): string | undefined
}

/** Keeps the addresses in the directory that the services share anyway. */
export function addressBook(directory: string): AddressBook {
  const fileOf = (service: string): string => join(directory, `${service}.url`)
  const write = (service: ServiceName, url: string): void => {
    mkdirSync(directory, { recursive: true })
    // Whoever reads meanwhile finds the old address or the new one, and never half of it.
    writeFileSync(`${fileOf(service)}.new`, url)
    renameSync(`${fileOf(service)}.new`, fileOf(service))
  }
  const read = (service: ServiceName): string | undefined => {
    try {
      return readFileSync(fileOf(service), 'utf8')
    } catch {
      return undefined
    }
  }
  return {
    announce(service, url) {
      const before = read(service)
      write(service, url)
      return () => (before === undefined ? rmSync(fileOf(service), { force: true }) : write(service, before))
    },
    // Read at each request, since a service may come back at another port.
    locate(service) {
      const known = serviceNames.find((name) => name === service)
      return known === undefined ? undefined : (read(known) ?? `http://127.0.0.1:${portOf(known)}`)
    },
  }
}
