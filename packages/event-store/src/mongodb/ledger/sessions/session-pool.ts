import { newId, type Runtime } from '@tidings/core'
import type { ClientSession, Collection, Db, MongoClient } from 'mongodb'
import { endDead, endSessions } from './end-dead.ts'
import { type InstanceDocument, InstanceRecord } from './instance-record.ts'

/** A sign of life is given so often while a transaction is open. */
const signEveryMs = 400
/** A sign older than this is renewed before a session is used: another instance may be about to take this one for dead. */
const signLastsMs = 1_000
/** Of those who meet locks, one looks for the dead so often. */
const lookEveryMs = 200
const fewestSessions = 8

/**
 * The sessions that this instance writes with. Their ids stand in a record in the database before they are used, with a sign
 * of life beside them while one is in use; so whoever finds this instance dead can end them. An instance that does nothing
 * writes nothing, and one that was found dead goes on with a new record and new sessions.
 */
export class SessionPool {
  readonly #client: MongoClient
  readonly #database: Db
  readonly #instances: Collection<InstanceDocument>
  readonly #runtime: Runtime
  readonly #stopped = new AbortController()
  #record: InstanceRecord
  #free: ClientSession[] = []
  readonly #lent = new Map<ClientSession, InstanceRecord>()
  /** Sessions that may have a transaction open on the server, which nobody will end. */
  #leftOpen: ClientSession[] = []
  #signedAt = Number.NEGATIVE_INFINITY
  #lookedAt = Number.NEGATIVE_INFINITY
  #registered = 0
  #renewing: Promise<void> | undefined
  #growing: Promise<void> | undefined
  #beating = false

  constructor(client: MongoClient, database: Db, instances: Collection<InstanceDocument>, runtime: Runtime) {
    this.#client = client
    this.#database = database
    this.#instances = instances
    this.#runtime = runtime
    this.#record = this.#newRecord()
  }

  /** A session that nobody else uses, to be given back. */
  async acquire(): Promise<ClientSession> {
    for (;;) {
      if (this.#leftOpen.length > 0) await this.#endLeftOpen()
      if (this.#registered > 0 && this.#now() - this.#signedAt > signLastsMs) await this.#sign()
      const session = this.#free.pop()
      if (session !== undefined) {
        this.#lent.set(session, this.#record)
        void this.#beat()
        return session
      }
      this.#growing ??= this.#grow().finally(() => {
        this.#growing = undefined
      })
      await this.#growing
    }
  }

  /** @param ended Whether its transaction is known to have ended on the server. */
  release(session: ClientSession, ended: boolean): void {
    const record = this.#lent.get(session)
    this.#lent.delete(session)
    if (!ended) this.#leftOpen.push(session)
    else if (record === this.#record && !this.#stopped.signal.aborted) this.#free.push(session)
    else void session.endSession()
  }

  /** To be called when a transaction of this instance was ended by somebody else: perhaps it was found dead. */
  doubt(): void {
    this.#signedAt = Number.NEGATIVE_INFINITY
  }

  /** To be called after a conflict: ends what a dead instance has left open. Looks now and then only, since most conflicts are with the living. */
  async endDead(now: () => Promise<number>): Promise<void> {
    if (this.#now() - this.#lookedAt < lookEveryMs) return
    this.#lookedAt = this.#now()
    const count = await endDead(this.#database, this.#instances, this.#record.id, await now())
    if (count > 0)
      this.#runtime.logger.info(`Ended what ${count} dead ${count === 1 ? 'instance' : 'instances'} had left open in the database.`)
  }

  /** Lets go of all sessions; none is lent any more. Where the server is away, others will find this instance dead. */
  async close(): Promise<void> {
    this.#stopped.abort()
    try {
      if (this.#leftOpen.length > 0) await this.#endLeftOpen()
      if (this.#registered > 0) await this.#record.remove()
    } catch {}
    await Promise.all(this.#free.splice(0).map((session) => session.endSession()))
  }

  async #grow(): Promise<void> {
    const record = this.#record
    const sessions = Array.from({ length: Math.max(fewestSessions, this.#registered) }, () =>
      // One session's reads need not be after another's writes: the primary shows what is committed, and one that was deposed cannot commit.
      this.#client.startSession({ causalConsistency: false }),
    )
    const before = this.#now()
    try {
      if (await record.register(sessions)) {
        this.#signedAt = before
        this.#registered += sessions.length
        this.#free.push(...sessions.splice(0))
      } else this.#startAnew(record)
    } catch (error) {
      // Whether the record is there is not known; another id is.
      if (this.#registered === 0) this.#record = this.#newRecord()
      throw error
    } finally {
      for (const session of sessions) void session.endSession()
    }
  }

  #sign(): Promise<void> {
    this.#renewing ??= this.#signOnce().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #signOnce(): Promise<void> {
    const record = this.#record
    const before = this.#now()
    if (await record.sign()) this.#signedAt = before
    else this.#startAnew(record)
  }

  #startAnew(record: InstanceRecord): void {
    if (record !== this.#record) return
    this.#runtime.logger.warn(
      'This instance gave no sign of life in time, so another one has ended its transactions. It goes on with new ones.',
    )
    for (const session of this.#free.splice(0)) void session.endSession()
    this.#record = this.#newRecord()
    this.#registered = 0
  }

  async #beat(): Promise<void> {
    if (this.#beating) return
    this.#beating = true
    while (this.#lent.size > 0 && !this.#stopped.signal.aborted) {
      // What failed is tried again; before a session is used, it must have succeeded.
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
    for (const session of sessions) await session.endSession()
  }

  #newRecord(): InstanceRecord {
    return new InstanceRecord(this.#instances, newId(this.#runtime))
  }

  #now(): number {
    return this.#runtime.clock.monotonic()
  }
}
