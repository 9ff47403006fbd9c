interface Waiting {
  readonly resolve: () => void
}

/** Hands out a number of places, first come first served. Who gives up waiting leaves no gap. */
export class Queue {
  readonly #waiting = new Set<Waiting>()
  #free: number

  constructor(places: number) {
    this.#free = places
  }

  /** Resolves when a place is free. Rejects with the signal's reason, and then holds none. */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      const place: Waiting = {
        resolve: () => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      const giveUp = (): void => {
        this.#waiting.delete(place)
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.add(place)
    })
  }

  /** Gives the place to the one who has waited longest. */
  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next.resolve()
  }
}
