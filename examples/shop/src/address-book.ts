import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServiceUnavailable } from '@tidings/core'
import { type ProcessName, processNames } from './shop.ts'

const retryAfterMs = 1_000

/** Where the services of one directory find each other, whatever ports they were given. */
export interface AddressBook {
  /** Says where this process answers for a service. @returns Takes it back: what others said holds again. */
  announce(service: ProcessName, url: string): () => void
  /**
   * Where a service answers: what the newest of its instances that lives said. Where none does, what the last one said, so that it
   * is found to be away. Nobody is asked on the chance that its usual port is its own: another shop may have that.
   *
   * @throws {ServiceUnavailable} None ever said a thing in this directory.
   */
  locate(service: string): string | undefined
}

/** Keeps the addresses in the directory that the services share anyway: a file for each instance, which tells its process. */
export function addressBook(directory: string): AddressBook {
  let announced = 0
  return {
    announce(service, url) {
      mkdirSync(directory, { recursive: true })
      // Of those that are gone nothing is needed any more.
      for (const { file, pid } of entriesIn(directory, service)) if (!isAlive(pid)) rmSync(file, { force: true })
      announced++
      const file = join(directory, `${service}.${Date.now()}-${String(announced).padStart(3, '0')}.${process.pid}.url`)
      // Whoever reads meanwhile finds all of it or nothing.
      writeFileSync(`${file}.new`, url)
      renameSync(`${file}.new`, file)
      return () => rmSync(file, { force: true })
    },
    // Read at each request, since a service may come back at another port.
    locate(service) {
      const known = processNames.find((name) => name === service)
      if (known === undefined) return undefined
      const newestFirst = entriesIn(directory, known).reverse()
      for (const { file } of [...newestFirst.filter(({ pid }) => isAlive(pid)), ...newestFirst]) {
        const url = read(file)
        if (url !== undefined) return url
      }
      throw new ServiceUnavailable({ service, reason: `it has not been started in ${directory} yet`, retryAfterMs })
    },
  }
}

/** The files of a service's instances, the oldest first. */
function entriesIn(directory: string, service: ProcessName): { readonly file: string; readonly pid: number }[] {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch {
    return []
  }
  return names.sort().flatMap((name) => {
    const [, pid] = new RegExp(`^${service}\\.[0-9-]+\\.([0-9]+)\\.url$`).exec(name) ?? []
    return pid === undefined ? [] : [{ file: join(directory, name), pid: Number(pid) }]
  })
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM means that it is there and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
