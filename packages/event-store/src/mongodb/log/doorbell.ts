import type { Runtime } from '@tidings/core'
import type { LogSettings } from './options.ts'

/** What tells that events were appended, by whatever process. */
export interface Ropes {
  /** Calls back at inserts until disposed. May end or hear nothing: that costs latency. */
  listen(onRing: () => void, onHearing: (isHearing: boolean) => void): AsyncDisposable
  /** Whether there may be news, by small queries. */
  look(signal: AbortSignal): Promise<boolean>
}

/** How often a log is looked at whose inserts cannot be heard, at first. */
const shortestPollMs = 20

/** Calls those who listen when the log may have grown. Listens and polls only while someone does. */
export class LogDoorbell {
  readonly #settings: LogSettings
  readonly #ropes: Ropes
  readonly #rings = new Set<() => void>()
  #listening: AsyncDisposable | undefined
  #isHearing = false
  readonly #ended = new Set<Promise<void>>()

  constructor(settings: LogSettings, ropes: Ropes) {
    this.#settings = settings
    this.#ropes = ropes
  }

  add(ring: () => void): Disposable {
    const own = (): void => ring()
    this.#rings.add(own)
    this.#listening ??= this.#listen()
    return {
      [Symbol.dispose]: () => {
        if (this.#rings.delete(own) && this.#rings.size === 0) this.#stop()
      },
    }
  }

  ring(): void {
    for (const ring of [...this.#rings]) {
      try {
        ring()
      } catch (error) {
        this.#settings.runtime.logger.error('Whoever was told that the log has grown threw an error.', { error })
      }
    }
  }

  async close(): Promise<void> {
    this.#rings.clear()
    this.#stop()
    await Promise.all(this.#ended)
  }

  #listen(): AsyncDisposable {
    const done = new AbortController()
    const heard = this.#ropes.listen(
      () => this.ring(),
      (isHearing) => {
        this.#isHearing = isHearing
      },
    )
    const polled = this.#poll(this.#settings.runtime, done.signal)
    return {
      [Symbol.asyncDispose]: async () => {
        done.abort()
        await Promise.all([polled, heard[Symbol.asyncDispose]()])
      },
    }
  }

  #stop(): void {
    if (this.#listening === undefined) return
    const ended = Promise.resolve(this.#listening[Symbol.asyncDispose]())
    this.#listening = undefined
    this.#ended.add(ended)
    void ended.finally(() => this.#ended.delete(ended))
  }

  /** Slowly behind what is heard; where nothing is heard as often as the log grows. */
  async #poll({ clock }: Runtime, signal: AbortSignal): Promise<void> {
    const { pollMs } = this.#settings
    let pauseMs = pollMs
    while (!signal.aborted) {
      await clock.sleep(pauseMs, signal, true).catch(() => {})
      if (signal.aborted) return
      const hasGrown = await this.#ropes.look(signal).catch(() => false)
      if (hasGrown && !signal.aborted) this.ring()
      if (this.#isHearing) pauseMs = pollMs
      else pauseMs = Math.min(pollMs, hasGrown ? shortestPollMs : pauseMs * 2)
    }
  }
}
