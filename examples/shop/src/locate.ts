import { locateByEnvironment } from '@tidings/http'
import { addressBook } from './address-book.ts'

/** Where a process of the shop answers. @throws {ServiceUnavailable} It was never started. */
export type Locate = (name: string) => string | undefined

/** Finds by environment variables, such as `AUTH_URL`, and else by what the directory says. */
export function locateIn(directory: string): Locate {
  const byEnvironment = locateByEnvironment()
  const addresses = addressBook(directory)
  return (name) => byEnvironment(name) ?? addresses.locate(name)
}
