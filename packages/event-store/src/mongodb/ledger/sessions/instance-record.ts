import type { Binary, ClientSession, Collection } from 'mongodb'

/** What the ledger knows of an instance of the service: enough to end what it leaves behind. */
export interface InstanceDocument {
  readonly _id: string
  /** The ids of its sessions, written before they write. */
  readonly sessions: readonly Binary[]
  /** Its last sign of life, by the server's clock. */
  readonly seen: Date
  /** Present from when another instance found it dead: its sessions are being ended. */
  readonly ended?: true
}

/** The record of this instance, until another one finds it dead. */
export class InstanceRecord {
  readonly id: string
  readonly #instances: Collection<InstanceDocument>
  #isMade = false

  constructor(instances: Collection<InstanceDocument>, id: string) {
    this.#instances = instances
    this.id = id
  }

  /** Whether it is, or may be, in the database. */
  get isMade(): boolean {
    return this.#isMade
  }

  /**
   * Gives a sign of life, and adds sessions, which may write from then on. May be repeated when it failed.
   *
   * @returns False when the instance was found dead.
   */
  async sign(sessions: readonly ClientSession[]): Promise<boolean> {
    const ids = sessions.flatMap(({ id }) => (id === undefined ? [] : [id.id]))
    const isFirst = !this.#isMade
    // Of unknown outcome it is no longer the first: found missing, a further one is made.
    this.#isMade = true
    const { matchedCount, upsertedCount } = await this.#instances.updateOne(
      { _id: this.id, ended: { $exists: false } },
      { $currentDate: { seen: true }, ...(ids.length === 0 ? {} : { $addToSet: { sessions: { $each: ids } } }) },
      { upsert: isFirst },
    )
    return matchedCount + upsertedCount === 1
  }

  /** Ends the record. Its sessions must hold nothing any more. */
  async remove(): Promise<void> {
    await this.#instances.deleteOne({ _id: this.id })
  }
}
