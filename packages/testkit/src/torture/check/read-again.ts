import { systemRuntime } from '@tidings/core'

const reads = 5

/**
 * What the referee reads. Where the server refuses a read, a service reads again; so does the referee, and tells it. What is
 * refused again and again ends the round.
 */
export async function readAgain<R>(what: string, read: () => Promise<R>): Promise<R> {
  for (let count = 1; ; count++) {
    try {
      return await read()
    } catch (error) {
      if (count === reads) throw error
      console.error(`The referee could not read ${what}, and reads it again:`, error)
      await systemRuntime.clock.sleep(200)
    }
  }
}
