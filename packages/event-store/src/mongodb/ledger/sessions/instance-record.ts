import type { Binary, ClientSession, Collection } from 'mongodb'

/** What the ledger knows of an instance of the service: enough to end what it leaves behind. */
export interface InstanceDocument {
  readonly _id: string
  /** The ids of its sessions, written before they are used. */
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
  #made = false

  constructor(instances: Collection<InstanceDocument>, id: string) {
    this.#instances = instances
    this.id = id
  }

  /** Adds sessions, which may be used from then on. @returns False when the instance was found dead. */
  async register(sessions: readonly ClientSession[]): Promise<boolean> {
    const ids = sessions.flatMap(({ id }) => (id === undefined ? [] : [id.id]))
    const { matchedCount, upsertedCount } = await this.#instances.updateOne(
      { _id: this.id, ended: { $exists: false } },
      { $push: { sessions: { $each: ids } }, $currentDate: { seen: true } },
      { upsert: !this.#made },
    )
    this.#made = true
    return matchedCount + upsertedCount === 1
  }

  /** Gives a sign of life. @returns False when the instance was found dead. */
  async sign(): Promise<boolean> {
    const { matchedCount } = await this.#instances.updateOne({ _id: this.id, ended: { $exists: false } }, { $currentDate: { seen: true } })
    return matchedCount === 1
  }

  /** Ends the record. Its sessions must hold nothing any more. */
  async remove(): Promise<void> {
    await this.#instances.deleteOne({ _id: this.id })
  }
}
