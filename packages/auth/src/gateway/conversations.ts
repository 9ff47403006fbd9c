import type { Duplex } from 'node:stream'

/** What is under way on each connection from outside. */
export class Conversations {
  readonly #open = new WeakMap<Duplex, number>()
  readonly #ending = new WeakSet<Duplex>()

  begin(socket: Duplex): void {
    this.#open.set(socket, (this.#open.get(socket) ?? 0) + 1)
  }

  end(socket: Duplex): void {
    this.#open.set(socket, (this.#open.get(socket) ?? 1) - 1)
  }

  /** Whether an answer is on its way there, into which no other words may fall. */
  isOpen(socket: Duplex): boolean {
    return (this.#open.get(socket) ?? 0) > 0
  }

  /** Reads nothing more there: where the next request begins is in doubt. */
  endAfterAnswer(socket: Duplex): void {
    this.#ending.add(socket)
  }

  isEnding(socket: Duplex): boolean {
    return this.#ending.has(socket)
  }
}
