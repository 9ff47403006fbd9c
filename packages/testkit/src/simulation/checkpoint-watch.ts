import type { OnCommit } from './simulated-database.ts'

interface Lane {
  readonly position: number
  readonly epoch: number
}

/** Watches the committed checkpoints and leases of one service. */
export class CheckpointWatch {
  readonly faults: string[] = []
  readonly #service: string
  #last: Lane = { position: 0, epoch: 0 }

  constructor(service: string) {
    this.#service = service
  }

  /** Takes what a transaction has committed. */
  commit(rows: Parameters<OnCommit>[0], record: (line: string) => void): void {
    const row = rows.findLast(({ table }) => table === 'lanes')
    if (row === undefined) return
    const { position, epoch } = row.value as Lane
    record(`${this.#service} checkpoint ${position} in epoch ${epoch}`)
    if (position < this.#last.position)
      this.faults.push(`I9 the checkpoint of ${this.#service} fell from ${this.#last.position} to ${position}`)
    if (epoch < this.#last.epoch) this.faults.push(`I13 ${this.#service} wrote in epoch ${epoch} after epoch ${this.#last.epoch} had begun`)
    this.#last = { position, epoch }
  }
}
