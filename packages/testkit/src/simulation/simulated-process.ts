import type { Logger, Runtime } from '@tidings/core'
import { seeded, seededRandom } from '../seeded.ts'
import type { Recorder } from './recorder.ts'
import type { Scheduler } from './scheduler.ts'

/** How often things go wrong, each as a probability per call of a port. All 0 in the drain. */
export interface FaultRates {
  readonly crash: number
  readonly pause: number
  readonly unavailable: number
  readonly unknown: number
  readonly conflict: number
  /** That a call inside a transaction fails, and the transaction with it. */
  readonly broken: number
  readonly repeat: number
  readonly lostRing: number
}

/** What goes wrong while a seed runs; the drain sets it to nothing. */
export interface Weather {
  rates: FaultRates
}

export const calm: FaultRates = { crash: 0, pause: 0, unavailable: 0, unknown: 0, conflict: 0, broken: 0, repeat: 0, lostRing: 0 }

const delayed = 0.3
const longestDelayMs = 4
const longestPauseMs = 6_000

/**
 * A logical process: what it awaits of a port may come late, after a pause longer than its lease, or never, because it died
 * right there.
 */
export class SimulatedProcess {
  readonly name: string
  readonly runtime: Runtime
  readonly weather: Weather
  readonly scheduler: Scheduler
  readonly next: () => number
  readonly #onCrash = new Set<() => void>()
  readonly #recorder: Recorder
  #pausedUntil = 0
  #crashed = false

  constructor(name: string, seed: number, scheduler: Scheduler, weather: Weather, recorder: Recorder) {
    this.name = name
    this.scheduler = scheduler
    this.weather = weather
    this.next = seeded(seed)
    this.#recorder = recorder
    const line = (level: string) => (message: string) => recorder.say(name, `${level} ${message}`)
    const logger: Logger = { info: line('info'), warn: line('warn'), error: line('error') }
    const { clock } = scheduler
    this.runtime = {
      clock: {
        now: clock.now,
        monotonic: clock.monotonic,
        sleep: async (ms, signal) => {
          await clock.sleep(ms, signal)
          await this.#alive()
        },
      },
      random: seededRandom(seed + 1),
      logger,
    }
  }

  get isCrashed(): boolean {
    return this.#crashed
  }

  /** Called when the process dies, at once. */
  onCrash(work: () => void): void {
    this.#onCrash.add(work)
  }

  /** The process dies here: nothing that it awaits ever settles again. */
  crash(): void {
    if (this.#crashed) return
    this.#crashed = true
    this.#recorder.record({ kind: 'fault', process: this.name, fault: 'crashed' })
    for (const work of this.#onCrash) work()
  }

  /** Stops the process for a while, as SIGSTOP does. */
  pause(ms: number): void {
    this.#recorder.record({ kind: 'fault', process: this.name, fault: 'paused' })
    this.#pausedUntil = this.scheduler.nowMs + ms
  }

  /** Lets a paused process go on. */
  resume(): void {
    this.#pausedUntil = 0
  }

  /** Stands before and after every call of a port. */
  async gate(): Promise<void> {
    const { rates } = this.weather
    if (this.next() < rates.crash) this.crash()
    else if (this.next() < rates.pause) this.pause(this.next() * longestPauseMs)
    if (this.next() < delayed) await this.scheduler.sleep(this.next() * longestDelayMs)
    await this.#alive()
  }

  /** Whether a thing that happens with this probability happens now. */
  happens(rate: number): boolean {
    return rate > 0 && this.next() < rate
  }

  async #alive(): Promise<void> {
    while (!this.#crashed && this.#pausedUntil > this.scheduler.nowMs)
      await this.scheduler.sleep(Math.min(this.#pausedUntil - this.scheduler.nowMs, 100))
    if (this.#crashed) await new Promise(() => {})
  }
}
