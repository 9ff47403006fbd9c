import type { FinalConsumer, FinalEvent } from './final-state.ts'
import type { Change, CommitRecord } from './history-record.ts'
import { handlersOf } from './log-index.ts'

/** What the transactions committed so far have made of one consumer. */
export class ConsumerState {
  readonly consumer: FinalConsumer
  readonly #handled = new Map<string, Set<number>>()
  readonly #waiting = new Map<number, 'parked' | 'held'>()
  readonly #discarded = new Set<number>()
  checkpoint = 0
  epoch = 0
  /** The process that took the lane last; undefined while nobody has it. */
  holder: string | undefined

  constructor(consumer: FinalConsumer) {
    this.consumer = consumer
  }

  /** Takes what a transaction has changed. */
  apply(commit: CommitRecord): void {
    for (const change of changesOf(commit, this.consumer.consumer)) this.#applyOne(change, commit.process)
  }

  /** Whether the event was handled by all that want it, is parked or held, or was given up. */
  isSettled(event: FinalEvent): boolean {
    return this.isWaiting(event.position) || this.isDone(event)
  }

  /** The same, without those that still wait for an operator. */
  isDone(event: FinalEvent): boolean {
    return (
      this.#discarded.has(event.position) ||
      handlersOf(this.consumer, event.type).every((handler) => this.hasHandled(handler, event.position))
    )
  }

  hasHandled(handler: string, position: number): boolean {
    return this.#handled.get(handler)?.has(position) === true
  }

  isWaiting(position: number): boolean {
    return this.#waiting.has(position)
  }

  isDiscarded(position: number): boolean {
    return this.#discarded.has(position)
  }

  /** The positions that are parked or held. */
  get waiting(): Iterable<number> {
    return this.#waiting.keys()
  }

  #applyOne(change: Change, process: string): void {
    switch (change.kind) {
      case 'handled': {
        const positions = this.#handled.get(change.handler) ?? new Set()
        this.#handled.set(change.handler, positions.add(change.position))
        return
      }
      case 'parked':
      case 'held':
        this.#waiting.set(change.position, change.kind)
        return
      case 'released':
        this.#waiting.delete(change.position)
        return
      case 'discarded':
        this.#discarded.add(change.position)
        return
      case 'lease':
        this.epoch = change.epoch
        this.holder = change.isHeld ? process : undefined
        return
      case 'checkpoint':
        this.checkpoint = change.position
        return
      default:
    }
  }
}

/** What a commit changed of one consumer. */
export function changesOf(commit: CommitRecord, consumer: string): readonly Change[] {
  return commit.changes.filter((change) => 'consumer' in change && change.consumer === consumer)
}
