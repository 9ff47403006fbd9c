import { TidingsError } from '../errors/tidings-error.ts'

/** What `error.type` says of an error: its code, or its name where it has none. */
export function errorTypeOf(error: unknown): string {
  if (error instanceof TidingsError) return error.code
  return error instanceof Error ? error.name : typeof error
}
