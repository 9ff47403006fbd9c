import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreUnavailable } from '@tidings/core'

/**
 * Makes the folder of a file, with those above it, so that they outlive the end of the machine.
 *
 * @throws {StoreUnavailable}
 */
export function makeFolder(file: string): void {
  try {
    const folder = dirname(file)
    const first = mkdirSync(folder, { recursive: true })
    if (first === undefined) return
    // SQLite syncs the folder that its files are in, not the folders above.
    for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made))
  } catch (error) {
    throw new StoreUnavailable({
      store: file,
      reason: 'its folder cannot be made',
      remedy: 'See that the path is right and that this process may write there.',
      cause: error,
    })
  }
}

function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // Not every system can sync a folder, or lets everyone read the one above.
  }
}
