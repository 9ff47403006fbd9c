import { newId, type Runtime } from '@tidings/core'
import type { ClientSession, Collection, Db, MongoClient } from 'mongodb'
import { endDead, endSessions } from './end-dead.ts'
import { type InstanceDocument, InstanceRecord } from './instance-record.ts'

/** A sign of life is given so often while a transaction that writes is open. */
const signEveryMs = 400
/** A sign older than this is renewed before something is written: another instance may be about to take this one for dead. */
const signLastsMs = 1_000
/** Of those who meet locks, one looks for the dead so often. */
const lookEveryMs = 200

/**
 * The sessions that this instance writes with. Their ids stand in a record in the database before anything is written, with a
 * sign of life beside them while something is being written; so whoever finds this instance dead can end them. An instance
 * that writes nothing leaves no trace, and one that was found dead goes on with a new record and new sessions.
 */
export class SessionPool {
  readonly #client: MongoClient
  readonly #database: Db
  readonly #instances: Collection<InstanceDocument>
  readonly #runtime: Runtime
  readonly #stopped = new AbortController()
  #record: InstanceRecord
  #free: ClientSession[] = []
  /** Whose ids stand in a record, and in which. */
  readonly #records = new WeakMap<ClientSession, InstanceRecord>()
  /** Those that wait for their ids to be written. */
  readonly #unknown = new Set<ClientSession>()
  /** Those with a transaction that has perhaps written. */
  readonly #writing = new Set<ClientSession>()
  /** Those that may have a transaction open on the server, which nobody will end. */
  #leftOpen: ClientSession[] = []
  #signedAt = Number.NEGATIVE_INFINITY
  #lookedAt = Number.NEGATIVE_INFINITY
  #signing: Promise<void> | undefined
  #beating = false

  constructor(client: MongoClient, database: Db, instances: Collection<InstanceDocument>, runtime: Runtime) {
    this.#client = client
    this.#database = database
    this.#instances = instances
    this.#runtime = runtime
    this.#record = this.#newRecord()
  }

  /** A session that nobody else uses, to be given back. */
  acquire(): ClientSession {
    // A session need not see its reads after the writes of another one: the primary shows all that is committed, and one that
    // was deposed can commit nothing, not even what only read.
    return this.#free.pop() ?? this.#client.startSession({ causalConsistency: false })
  }

  /** To be called before a session's transaction writes for the first time. */
  async beforeWrite(session: ClientSession): Promise<void> {
    this.#writing.add(session)
    for (;;) {
      const isKnown = this.#records.get(session) === this.#record
      if (isKnown && this.#leftOpen.length === 0 && this.#now() - this.#signedAt <= signLastsMs) break
      if (!isKnown) this.#unknown.add(session)
      await this.#sign()
    }
    void this.#beat()
  }

  /** @param ended Whether its transaction is known to have ended on the server. */
  release(session: ClientSession, ended: boolean): void {
    const hasWritten = this.#writing.delete(session)
    this.#unknown.delete(session)
    const record = this.#records.get(session)
    if (hasWritten && !ended) this.#leftOpen.push(session)
    else if (ended && !session.hasEnded && (record === undefined || record === this.#record)) this.#free.push(session)
    else void session.endSession()
  }

  /** To be called when a transaction of this instance was ended by somebody else: perhaps the instance was found dead. */
  doubt(): void {
    this.#signedAt = Number.NEGATIVE_INFINITY
  }

  /**
   * To be called after a conflict: ends what a dead instance has left open. Looks now and then only, since most conflicts are
   * with the living.
   *
   * @param now Asks for the time by the server's clock.
   */
  async endDead(now: () => Promise<number>): Promise<void> {
    if (this.#now() - this.#lookedAt < lookEveryMs) return
    this.#lookedAt = this.#now()
    const count = await endDead(this.#database, this.#instances, this.#record.id, await now())
    if (count > 0)
      this.#runtime.logger.info(`Ended the sessions of ${count} other ${count === 1 ? 'instance' : 'instances'} that gave no sign of life.`)
  }

  /** Lets go of all sessions; none is lent any more. Where the server is away, others will find this instance dead. */
  async close(): Promise<void> {
    this.#stopped.abort()
    try {
      if (this.#leftOpen.length > 0) await this.#endLeftOpen()
      if (this.#record.isMade) await this.#record.remove()
    } catch {}
    await Promise.all(this.#free.splice(0).map((session) => session.endSession()))
  }

  /** Writes what is not written yet: ids of sessions, or a sign of life alone. One at a time, for all who wait. */
  #sign(): Promise<void> {
    this.#signing ??= this.#signOnce().finally(() => {
      this.#signing = undefined
    })
    return this.#signing
  }

  async #signOnce(): Promise<void> {
    if (this.#leftOpen.length > 0) await this.#endLeftOpen()
    const record = this.#record
    const sessions = [...this.#unknown]
    // Nobody writes, so nobody needs a sign.
    if (sessions.length === 0 && !record.isMade) return
    const before = this.#now()
    if (!(await record.sign(sessions))) return this.#startAnew()
    this.#signedAt = before
    for (const session of sessions) {
      this.#records.set(session, record)
      this.#unknown.delete(session)
    }
  }

  #startAnew(): void {
    for (const session of this.#free.splice(0)) void session.endSession()
    this.#record = this.#newRecord()
    this.#signedAt = Number.NEGATIVE_INFINITY
  }

  async #beat(): Promise<void> {
    if (this.#beating) return
    this.#beating = true
    while (this.#writing.size > 0 && !this.#stopped.signal.aborted) {
      // What failed is tried again; before something is written, it must have succeeded.
      if (this.#now() - this.#signedAt >= signEveryMs) await this.#sign().catch(() => {})
      await this.#runtime.clock.sleep(signEveryMs, this.#stopped.signal, true).catch(() => {})
    }
    this.#beating = false
  }

  async #endLeftOpen(): Promise<void> {
    const sessions = this.#leftOpen.splice(0)
    try {
      await endSessions(
        this.#database,
        sessions.flatMap(({ id }) => (id === undefined ? [] : [id.id])),
      )
    } catch (error) {
      this.#leftOpen.push(...sessions)
      throw error
    }
    for (const session of sessions) void session.endSession()
  }

  #newRecord(): InstanceRecord {
    return new InstanceRecord(this.#instances, newId(this.#runtime))
  }

  #now(): number {
    return this.#runtime.clock.monotonic()
  }
}
