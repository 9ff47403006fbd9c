import { seeded } from '../seeded.ts'

/**
 * What happens to a request on its way:
 *
 * - `lose-answer`: it gets through and is carried out; the answer is dropped and the connection cut.
 * - `withhold-answer`: it gets through and is carried out; no answer ever comes, and the connection stays open.
 * - `cut`: it does not get through, and the connection is cut.
 * - `delayMs`: it is held up for so long, and all behind it on its connection.
 * - `answerDelayMs`: it gets through and is carried out; the answer is held up for so long.
 */
export type ProxyFault = 'lose-answer' | 'withhold-answer' | 'cut' | { readonly delayMs: number } | { readonly answerDelayMs: number }

/** Tells whether a request is meant. A long request comes in pieces; the first holds its beginning. */
export type RequestTest = (request: Buffer) => boolean

/** Faults by chance. The same seed gives the same faults to the same requests in the same order. */
export interface ProxyChance {
  readonly seed: number
  /** How likely a request meets one, from 0 to 1. */
  readonly probability: number
  /** One of these, each as likely as the others. */
  readonly faults: readonly ProxyFault[]
  /** @default every request */
  readonly when?: RequestTest
}

/** A fault that a request meets. */
export interface PlannedFault {
  readonly fault: ProxyFault
  /** To be called when it has come about. */
  readonly happened: () => void
}

/** Which request meets which fault. */
export class ProxyPlan {
  readonly #next: (PlannedFault & { readonly when: RequestTest })[] = []
  #chance: ((request: Buffer) => ProxyFault | undefined) | undefined

  /** The next request that is meant meets the fault; resolves when it has come about. */
  once(fault: ProxyFault, when: RequestTest): Promise<void> {
    return new Promise((happened) => this.#next.push({ fault, when, happened }))
  }

  byChance({ seed, probability, faults, when = () => true }: ProxyChance): void {
    const next = seeded(seed)
    this.#chance = (request) => (when(request) && next() < probability ? faults[Math.floor(next() * faults.length)] : undefined)
  }

  clear(): void {
    this.#next.length = 0
    this.#chance = undefined
  }

  faultFor(request: Buffer): PlannedFault | undefined {
    const index = this.#next.findIndex(({ when }) => when(request))
    if (index >= 0) return this.#next.splice(index, 1)[0]
    const fault = this.#chance?.(request)
    return fault && { fault, happened: () => {} }
  }
}

/** Whether a request to MongoDB is this command, such as `insert`; on connections without compression. */
export function sendsCommand(name: string): RequestTest {
  // The first field of the command's document: its type (text, or a number such as 1), its name and the end of that.
  const beginnings = ['\x02', '\x10', '\x01'].map((type) => Buffer.from(`${type}${name}\0`))
  return (request) => beginnings.some((beginning) => request.includes(beginning))
}
