import { StoreDamaged, StoreUnavailable, TidingsError } from '@tidings/core'

/** SQLite's primary result codes that mean something to us. @see https://www.sqlite.org/rescode.html */
const busy = 5
const locked = 6
const noMemory = 7
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const cannotOpen = 14
const protocol = 15
const notADatabase = 26

/** The primary result code of an error that SQLite raised; undefined for any other. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** Whether SQLite failed with the file itself, not with one statement. */
export function isFileError(error: unknown): boolean {
  return resultCode(error) !== undefined && mapFileError(error, '') !== undefined
}

/** Whether another connection holds a lock, so that waiting helps. */
export function isLocked(error: unknown): boolean {
  const code = resultCode(error)
  return code === busy || code === locked || code === protocol
}

/** An error of the file itself, as one of ours; undefined for errors of a statement. */
export function mapFileError(error: unknown, file: string): TidingsError | undefined {
  if (error instanceof TidingsError) return error
  switch (resultCode(error)) {
    case full:
      return new StoreUnavailable({ store: file, reason: 'the disk is full', remedy: 'Free some space and repeat.', cause: error })
    case ioError:
    case noMemory:
      return new StoreUnavailable({
        store: file,
        reason: 'the machine failed to read or write it',
        remedy: 'See the cause, and repeat.',
        cause: error,
      })
    case readOnly:
      return new StoreUnavailable({
        store: file,
        reason: 'it cannot be written',
        remedy: 'Let this process write the file and its folder.',
        cause: error,
      })
    case cannotOpen:
      return new StoreUnavailable({
        store: file,
        reason: 'it cannot be opened',
        remedy: 'See that its folder exists and that this process may write there.',
        cause: error,
      })
    case corrupt:
      return new StoreDamaged({ store: file, reason: 'the file is damaged', cause: error })
    case notADatabase:
      return new StoreDamaged({ store: file, reason: 'the file is no SQLite database', cause: error })
    default:
      return isLocked(error) ? new StoreUnavailable({ store: file, reason: 'another process holds its lock', cause: error }) : undefined
  }
}
