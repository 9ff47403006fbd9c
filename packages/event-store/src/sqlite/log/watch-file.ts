import { closeSync, type FSWatcher, futimesSync, mkdirSync, openSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

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
    mkdirSync(dirname(file), { recursive: true })
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
