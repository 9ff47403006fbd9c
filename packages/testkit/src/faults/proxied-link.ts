import type { Socket } from 'node:net'

/** A client's connection and the one made for it. */
export class Link {
  readonly client: Socket
  readonly server: Socket
  /** What becomes of the server's answers from now on. */
  onAnswer: 'pass' | 'drop' | 'cut' = 'pass'
  /** So long the next of them is held up. */
  nextAnswerAfterMs = 0
  /** Called when the first answer has met that, or can come no more. */
  answered = (): void => {}
  readonly #ended = new AbortController()

  constructor(client: Socket, server: Socket) {
    this.client = client
    this.server = server
  }

  get gone(): AbortSignal {
    return this.#ended.signal
  }

  cut(): void {
    this.#ended.abort()
    this.answered()
    this.client.destroy()
    this.server.destroy()
  }
}

/** Open until closed; what comes while it is closed waits. */
export class Gate {
  #closed: PromiseWithResolvers<void> | undefined

  close(): void {
    this.#closed ??= Promise.withResolvers()
  }

  open(): void {
    this.#closed?.resolve()
    this.#closed = undefined
  }

  async passed(signal: AbortSignal): Promise<void> {
    while (this.#closed !== undefined) await Promise.race([this.#closed.promise, aborted(signal)])
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
