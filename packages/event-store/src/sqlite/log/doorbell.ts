import type { Runtime } from '@tidings/core'
import type { LogSettings } from './options.ts'

/** Calls those who listen when the log may have grown. Watches and polls only while someone listens. */
export class LogDoorbell {
  readonly #settings: LogSettings
  readonly #rings = new Set<() => void>()
  #listening: readonly Disposable[] = []

  constructor(settings: LogSettings) {
    this.#settings = settings
  }

  add(ring: () => void): Disposable {
    const own = (): void => ring()
    this.#rings.add(own)
    if (this.#rings.size === 1) this.#listen()
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

  close(): void {
    this.#rings.clear()
    this.#stop()
  }

  #listen(): void {
    const { file, pollMs, runtime, watch } = this.#settings
    const onChange = (): void => this.ring()
    this.#listening = [pollEvery(pollMs, runtime, onChange), watch(file, onChange)]
  }

  #stop(): void {
    for (const part of this.#listening) part[Symbol.dispose]()
    this.#listening = []
  }
}

/** Calls back every `ms` until disposed; never keeps the process alive. */
function pollEvery(ms: number, runtime: Runtime, onTick: () => void): Disposable {
  const done = new AbortController()
  const poll = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await runtime.clock.sleep(ms, done.signal, true).catch(() => {})
      if (!done.signal.aborted) onTick()
    }
  }
  void poll()
  return { [Symbol.dispose]: () => done.abort() }
}
