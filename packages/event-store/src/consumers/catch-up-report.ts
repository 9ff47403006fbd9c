import type { Clock, Logger, Position, StoredEvent } from '@tidings/core'
import type { LaneRow } from '../ledger/tables.ts'
import { spellDuration } from './lane/spell-duration.ts'

const progressEveryMs = 2_000

/** Counts what a consumer works off after a start, reports progress on long work, and tells in the end what was missed. */
export class CatchUpReport {
  readonly #consumer: string
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #target: Position
  readonly #missedForMs: number | undefined
  readonly #startedAt: number
  readonly #types = new Set<string>()
  readonly #from: Position
  #reportedAt: number
  #handled = 0
  #held = 0
  #parked = 0
  #skipped = 0

  /** @param target Where the log stood when the work began. */
  constructor(consumer: string, clock: Clock, logger: Logger, lane: LaneRow, target: Position, now: number) {
    this.#consumer = consumer
    this.#clock = clock
    this.#logger = logger
    this.#target = target
    this.#from = lane.position
    this.#missedForMs = lane.position === 0 ? undefined : Math.max(0, now - lane.updatedAt)
    this.#startedAt = clock.monotonic()
    this.#reportedAt = this.#startedAt
  }

  /** Counts events that were settled, the last of them at `position`. */
  count(
    events: readonly StoredEvent[],
    outcomes: { readonly handled?: number; readonly held?: number; readonly parked?: number; readonly skipped?: number },
    position: Position,
  ): void {
    for (const { type } of events) this.#types.add(type)
    this.#handled += outcomes.handled ?? 0
    this.#held += outcomes.held ?? 0
    this.#parked += outcomes.parked ?? 0
    this.#skipped += outcomes.skipped ?? 0
    const now = this.#clock.monotonic()
    if (now - this.#reportedAt < progressEveryMs) return
    this.#reportedAt = now
    const done = position - this.#from
    const perSecond = (done / Math.max(1, now - this.#startedAt)) * 1_000
    this.#logger.info(
      `${this.#consumer} is catching up: ${number(done)} positions done, ${number(Math.max(0, this.#target - position))} left, ${number(perSecond)} per second.`,
    )
  }

  /** Says what was missed and what became of it; nothing when nothing was. */
  finish(): void {
    const missed = this.#handled + this.#held + this.#parked + this.#skipped
    if (missed === 0) return
    const rest = [
      this.#parked > 0 ? `${number(this.#parked)} parked` : '',
      this.#held > 0 ? `${number(this.#held)} held behind parked ones` : '',
      this.#skipped > 0 ? `${number(this.#skipped)} skipped` : '',
    ]
    const during = this.#missedForMs === undefined ? ' since the beginning of the log' : ` in ${spellDuration(this.#missedForMs)}`
    this.#logger.info(
      `${this.#consumer} missed ${number(missed)} ${missed === 1 ? 'event' : 'events'} of ${this.#types.size} ${this.#types.size === 1 ? 'type' : 'types'}${during}; ` +
        `${[`${number(this.#handled)} applied`, ...rest.filter((part) => part !== '')].join(', ')}. Caught up in ${spellDuration(this.#clock.monotonic() - this.#startedAt)}.`,
    )
  }
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en')
}
