import {
  ContractViolation,
  EncodingUnknown,
  EventInvalid,
  EventNotOwned,
  EventTooLarge,
  StatementRefused,
  TidingsError,
} from '@tidings/core'
import { EventVersionUnknown } from '../../log/event-version-unknown.ts'

/** Thrown by a handler that knows that trying again will not help: the event is parked at once. */
export class TerminalError extends TidingsError {
  readonly code = 'TERMINAL'
  readonly retryable = false
}

/** Whether trying the same event again cannot help. */
export function isTerminal(error: unknown): boolean {
  return [
    TerminalError,
    ContractViolation,
    EventInvalid,
    EventTooLarge,
    EventNotOwned,
    StatementRefused,
    EncodingUnknown,
    EventVersionUnknown,
  ].some((kind) => error instanceof kind)
}

/** An error as the ledger keeps it. */
export interface DescribedError {
  readonly code: string
  readonly message: string
}

/** Describes whatever a handler threw. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof TidingsError) return { code: error.code, message: error.message }
  if (error instanceof Error) return { code: error.name, message: error.message }
  return { code: 'NOT_AN_ERROR', message: `The handler threw ${error === null ? 'null' : `a ${typeof error}`} instead of an error.` }
}
