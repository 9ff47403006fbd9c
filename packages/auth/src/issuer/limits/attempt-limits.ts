import { createHash } from 'node:crypto'
import type { Clock } from '@tidings/core'
import { networkOf } from './network-of.ts'
import { type Rate, RateLimit } from './rate-limit.ts'

/** Holds off who tries passwords: from one address whatever they try, at one account wherever they come from. In this process. */
export class AttemptLimits {
  readonly #addresses: RateLimit
  readonly #accounts: RateLimit

  constructor(perAddress: Rate, perAccount: Rate, clock: Pick<Clock, 'monotonic'>) {
    this.#addresses = new RateLimit(perAddress, clock)
    this.#accounts = new RateLimit(perAccount, clock)
  }

  /** Counts an attempt from an address. @returns 0, or after how many milliseconds to come again. */
  fromAddress(address: string | undefined): number {
    return address === undefined ? 0 : this.#addresses.take(networkOf(address))
  }

  /** Counts an attempt at an account before its outcome is known, so that many at once are counted too. @returns As above. */
  atAccount(email: string): number {
    return this.#accounts.take(keyOf(email))
  }

  /** Takes an attempt back that was no wrong guess. */
  wasNoGuess(email: string): void {
    this.#accounts.giveBack(keyOf(email))
  }
}

/** No list of who tried to sign in stands in memory. */
function keyOf(email: string): string {
  return createHash('sha256').update(email).digest('base64')
}
