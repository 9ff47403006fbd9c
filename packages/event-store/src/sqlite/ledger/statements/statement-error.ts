import { StatementFailed, StoreUnavailable, type TidingsError } from '@tidings/core'
import { mapFileError, resultCode } from '../../map-error.ts'

const constraintFailed = 19

/** Extended result codes of broken constraints, without the 19 in their lowest byte. @see https://www.sqlite.org/rescode.html */
const constraints: Readonly<Record<number, string>> = {
  1: 'check',
  3: 'foreign key',
  5: 'not null',
  6: 'unique',
  7: 'trigger',
  8: 'unique',
  10: 'unique',
  12: 'datatype',
}

/** An error that SQLite or its driver raised while a statement ran, as one of ours. */
export function statementError(error: unknown, location: string): TidingsError {
  const ofFile = mapFileError(error, location)
  if (ofFile !== undefined) return ofFile
  if (!(error instanceof Error)) return new StoreUnavailable({ store: location, reason: 'its driver failed', cause: error })
  if (resultCode(error) === constraintFailed) {
    return new StatementFailed({
      database: location,
      reason: error.message,
      constraint: constraints[extendedCode(error) >> 8] ?? 'other',
      cause: error,
    })
  }
  if (isTooLarge(error)) {
    // The driver's message would show the value.
    return new StatementFailed({
      database: location,
      reason: 'it answered an integer past 2^53, which a number cannot carry; select it as text: cast(… as text)',
      cause: error,
    })
  }
  return new StatementFailed({ database: location, reason: error.message, cause: error })
}

/** Whether the driver could not hand over a result. The statement itself was carried out. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
}

function extendedCode(error: Error): number {
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}
