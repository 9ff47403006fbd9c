import type { Socket } from 'node:net'
import type { Exchange } from './exchange.ts'

/** A body that takes longer than this, in milliseconds, has to give way when there is no room for others. */
const slowBodyMs = 1_000

/** What may be under way at once. */
export interface Room {
  readonly maxInFlight: number
  readonly maxArrivingBytes: number
}

/**
 * Keeps account of the requests under way. Those whose answer is being sent need no room any more: how long that takes is up to
 * their clients.
 */
export class InFlight {
  readonly #room: Room
  readonly #lastOn = new WeakMap<Socket, Exchange>()
  /** Oldest first, as sets keep them. */
  readonly #arriving = new Set<Exchange>()
  readonly #sending = new Set<Exchange>()
  #arrivingBytes = 0
  #needingRoom = 0
  #open = 0
  #waiting: (() => void)[] = []

  constructor(room: Room) {
    this.#room = room
  }

  /** Takes a request up. False where there is no room for it; one that has been sending its body for long gives way. */
  begin(exchange: Exchange): boolean {
    this.#open++
    this.#needingRoom++
    const { socket } = exchange.request
    exchange.ordinal = (this.#lastOn.get(socket)?.ordinal ?? 0) + 1
    this.#lastOn.set(socket, exchange)
    if (exchange.stage === 'arriving') {
      this.#arriving.add(exchange)
      this.#arrivingBytes += exchange.announcedBytes
    }
    while (this.#isOver()) {
      const [oldest] = this.#arriving
      if (oldest === undefined || exchange.arrivedAt - oldest.arrivedAt < slowBodyMs) return false
      this.#leave(oldest, 'over')
      oldest.request.socket.destroy()
    }
    return true
  }

  /** Its body is here. */
  arrived(exchange: Exchange): void {
    if (exchange.stage === 'arriving') this.#leave(exchange, 'working')
  }

  /** Its answer is here and goes out. */
  answered(exchange: Exchange, now: number): void {
    if (exchange.stage === 'sending' || exchange.stage === 'over') return
    this.#leave(exchange, 'sending')
    exchange.answeredAt = now
    this.#sending.add(exchange)
  }

  /** Its answer is with the client to the last byte, or nobody wants it any more. */
  end(exchange: Exchange): void {
    if (exchange.stage !== 'over') this.#leave(exchange, 'over')
    exchange.onOver?.()
    this.#open--
    if (this.#open > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Cuts off the clients that have not taken their answer since then. */
  cutOff(since: number): void {
    for (const exchange of this.#sending) {
      if (exchange.answeredAt > since) return
      exchange.request.socket.destroy()
    }
  }

  /**
   * Ends a connection from which nothing more can be read. What is under way on it is answered first, and nothing is written
   * that a client would take for the answer to something else.
   *
   * @param answer Tells the client, where it waits for an answer to what could not be read, and ends the connection.
   */
  endConnection(socket: Socket, answer: () => void): void {
    const last = this.#lastOn.get(socket)
    const isDone = last === undefined || (last.stage === 'over' && last.request.complete)
    const isHalfThere = last?.stage === 'arriving' && !last.request.complete
    if (isDone || isHalfThere) answer()
    else if (last.stage === 'over') socket.destroy()
    else last.onOver = () => socket.destroy()
  }

  /** Resolves when there is none. */
  async none(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #isOver(): boolean {
    return this.#needingRoom > this.#room.maxInFlight || this.#arrivingBytes > this.#room.maxArrivingBytes
  }

  #leave(exchange: Exchange, stage: Exchange['stage']): void {
    if (exchange.stage === 'arriving') {
      this.#arriving.delete(exchange)
      this.#arrivingBytes -= exchange.announcedBytes
    }
    if (stage !== 'working' && (exchange.stage === 'arriving' || exchange.stage === 'working')) this.#needingRoom--
    if (exchange.stage === 'sending') this.#sending.delete(exchange)
    exchange.stage = stage
  }
}
