import { ReadOnlyTransaction, TransactionEnded } from '@tidings/core'
import type { ClientSession } from 'mongodb'
import { AnswerMissing } from '../../connection/answered-within.ts'
import { mapTransactionError } from '../../connection/map-error.ts'

/** What a transaction's statements run on. */
export interface StatementsOptions {
  readonly location: string
  readonly canWrite: boolean
  /** Waits for a statement, and not for ever. */
  readonly answered: <R>(call: Promise<R>) => Promise<R>
  /** Gives a session to the transaction. Called once, at the first use. */
  readonly acquire: () => ClientSession
  /** Called before the first statement that writes. */
  readonly beforeWrite: (session: ClientSession) => Promise<void>
  /** Once aborted, no further statement runs. */
  readonly signal: AbortSignal | undefined
}

/** What a session's transaction is begun with: a snapshot that a majority has, so that nothing seen is ever taken back. */
const snapshot = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', journal: true }, readPreference: 'primary' } as const

/**
 * The statements of one transaction, which is begun at the first of them. They run one after the other, in the order of the
 * calls: MongoDB knows no two at once in one transaction. One that the server refuses ends the transaction, as it does there.
 */
export class Statements {
  readonly #options: StatementsOptions
  #session: ClientSession | undefined
  #mayWrite = false
  /** The end of the last statement asked for. */
  #last: Promise<unknown> = Promise.resolve()
  /** Why no statement can run any more. */
  #broken: { readonly reason: unknown } | undefined
  #ended = false
  #givenUp = false

  constructor(options: StatementsOptions) {
    this.#options = options
  }

  /** The session with the transaction open; undefined before the first use. */
  get session(): ClientSession | undefined {
    return this.#session
  }

  /**
   * Whether one was not answered in time. It may still be at work, and have more to send: its session is good for nothing
   * else, for the driver sends outside of a transaction what comes after its end.
   */
  get givenUp(): boolean {
    return this.#givenUp
  }

  /** Runs work that only reads. */
  read<R>(work: (session: ClientSession) => Promise<R>): Promise<R> {
    return this.#enqueue(work)
  }

  /** Runs work that writes. @throws {ReadOnlyTransaction} */
  write<R>(work: (session: ClientSession) => Promise<R>): Promise<R> {
    if (!this.#options.canWrite) return Promise.reject(new ReadOnlyTransaction({ subject: 'The query' }))
    return this.#enqueue(async (session) => {
      if (!this.#mayWrite) await this.#options.beforeWrite(session)
      // It may have taken so long that the transaction was given up: what is sent now would be written outside of it.
      if (this.#ended || this.#broken !== undefined) throw new TransactionEnded({ database: this.#options.location })
      this.#mayWrite = true
      return work(session)
    })
  }

  /** Waits for statements that nobody awaited. @throws Why the transaction cannot be committed. */
  async settle(): Promise<void> {
    for (let last: unknown; last !== this.#last; ) {
      last = this.#last
      await last
    }
    const refused = this.#refusal()
    if (refused !== undefined) throw refused.reason
  }

  /** From now on every use throws. Resolves when the statement under way has ended. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#last
  }

  #enqueue<R>(work: (session: ClientSession) => Promise<R>): Promise<R> {
    const refused = this.#refusal()
    if (refused !== undefined) return Promise.reject(refused.reason)
    this.#session ??= this.#begin()
    const session = this.#session
    const result = this.#last.then(() => this.#perform(session, work))
    this.#last = result.catch(() => {})
    return result
  }

  async #perform<R>(session: ClientSession, work: (session: ClientSession) => Promise<R>): Promise<R> {
    // An earlier statement of the same burst may have ended it.
    const refused = this.#refusal()
    if (refused !== undefined) throw refused.reason
    const { answered, location } = this.#options
    try {
      return await answered(work(session))
    } catch (error) {
      this.#givenUp ||= error instanceof AnswerMissing
      const reason = mapTransactionError(error, location)
      this.#broken ??= { reason }
      throw reason
    }
  }

  #refusal(): { readonly reason: unknown } | undefined {
    if (this.#ended) return { reason: new TransactionEnded({ database: this.#options.location }) }
    const { signal } = this.#options
    return this.#broken ?? (signal?.aborted === true ? { reason: signal.reason } : undefined)
  }

  #begin(): ClientSession {
    const session = this.#options.acquire()
    session.startTransaction(snapshot)
    return session
  }
}
