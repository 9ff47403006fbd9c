import { MongoServerError } from 'mongodb'

/** Whether the server answered with one of these error codes. */
export function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof MongoServerError && codes.includes(Number(error.code))
}
