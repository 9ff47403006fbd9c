import { statSync } from 'node:fs'
import { StoreUnavailable } from '@tidings/core'

/**
 * Remembers which file stands at a path. An open connection goes on reading and writing a file that was removed or replaced
 * since, and whoever opens the path finds another log: what is acknowledged then is lost.
 *
 * @returns Throws {@link StoreUnavailable} when another file stands there, or none.
 */
export function rememberFile(file: string): () => void {
  const opened = statSync(file)
  return () => {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.ino === opened.ino && found.dev === opened.dev) return
    throw new StoreUnavailable({
      store: file,
      reason: found === undefined ? 'its file was removed while it was open' : 'its file was replaced while it was open',
      remedy: 'Put the file back in its place, or stop this process and start it on the file that is to be used.',
    })
  }
}
