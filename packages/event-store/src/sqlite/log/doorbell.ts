import { closeSync, type FSWatcher, futimesSync, openSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Runtime } from '@tidings/core'

/**
 * The file that is touched after each commit. The database's own files change before the commit that they belong to can be
 * seen, so a watcher of those would look too early and then miss it.
 */
function bellOf(file: string): string {
  return `${file}-bell`
}

/** Rings in the processes that watch. A ring that fails costs them a slow poll, no event. */
export class Bell {
  readonly #handle: number

  constructor(file: string) {
    this.#handle = openSync(bellOf(file), 'a')
  }

  ring(now: number): void {
    try {
      futimesSync(this.#handle, now / 1_000, now / 1_000)
    } catch {
      // The slow poll finds what this did not tell.
    }
  }

  close(): void {
    closeSync(this.#handle)
  }
}

/** Watches for rings of any process: the folder, for the file need not exist yet. Never keeps the process alive. */
export function watchFile(file: string, onChange: () => void): Disposable {
  const name = basename(bellOf(file))
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(file), { persistent: false }, (_event, changed) => {
      if (changed === null || changed === name) onChange()
    })
    // Some file systems cannot be watched, or stop being: the slow poll goes on.
    watcher.on('error', () => watcher?.close())
  } catch {
    watcher = undefined
  }
  return { [Symbol.dispose]: () => watcher?.close() }
}

/** Calls those who listen when the log may have grown. Watches and polls only while someone listens. */
export class LogDoorbell {
  readonly #rings = new Set<() => void>()
  readonly #listen: (onChange: () => void) => Disposable
  #listening: Disposable | undefined

  /** @param listen Begins to look for what other processes append. */
  constructor(listen: (onChange: () => void) => Disposable) {
    this.#listen = listen
  }

  add(ring: () => void): Disposable {
    const own = (): void => ring()
    this.#rings.add(own)
    this.#listening ??= this.#listen(() => this.ring())
    return {
      [Symbol.dispose]: () => {
        this.#rings.delete(own)
        if (this.#rings.size === 0) this.close()
      },
    }
  }

  ring(): void {
    for (const ring of [...this.#rings]) ring()
  }

  close(): void {
    this.#listening?.[Symbol.dispose]()
    this.#listening = undefined
  }
}

/** Calls back every `ms` until disposed. */
export function pollEvery(ms: number, runtime: Runtime, onTick: () => void): Disposable {
  const done = new AbortController()
  const poll = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await runtime.clock.sleep(ms, done.signal).catch(() => {})
      if (!done.signal.aborted) onTick()
    }
  }
  void poll()
  return { [Symbol.dispose]: () => done.abort() }
}
