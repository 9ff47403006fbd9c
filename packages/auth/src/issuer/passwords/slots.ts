/** Lets so many run at once and so many wait; further ones are turned away. */
export class Slots {
  readonly #maxRunning: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning
    this.#maxWaiting = maxWaiting
  }

  /** Runs the work when its turn has come. @returns Undefined when too many wait; the work is not run. */
  async run<R>(work: () => Promise<R>): Promise<{ readonly result: R } | undefined> {
    if (this.#running < this.#maxRunning) this.#running++
    else if (this.#waiting.length >= this.#maxWaiting) return undefined
    // Whoever leaves hands the slot over, so that nobody can slip in between.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return { result: await work() }
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
