import { TidingsError } from '@tidings/core'

/**
 * The system was stopped, and not all of it came to its end in time. What was cut off was rolled back; a part that could not
 * be closed may still hold the process open, so end that: no event is lost by it.
 */
export class StopTimedOut extends TidingsError {
  readonly code = 'SYSTEM_STOP_TIMED_OUT'
  readonly retryable = false
  readonly timeoutMs: number
  /** Handlers that were cut off, such as `orders.placeOrder (running for 12 s)`. */
  readonly cutOff: readonly string[]
  /** Parts that were not closed, such as `the database of orders`. */
  readonly open: readonly string[]

  constructor(facts: { timeoutMs: number; cutOff: readonly string[]; open: readonly string[] }) {
    const cut = facts.cutOff.length === 0 ? '' : ` Cut off and rolled back: ${facts.cutOff.join(', ')}.`
    const open = facts.open.length === 0 ? '' : ` Not closed: ${facts.open.join(', ')}.`
    super(
      `The system did not come to its end within ${facts.timeoutMs} ms.${cut}${open} No event is lost: what was in hand comes again. End this process; let handlers heed ctx.signal, or give them more time with the option stopMs.`,
    )
    this.timeoutMs = facts.timeoutMs
    this.cutOff = facts.cutOff
    this.open = facts.open
  }
}
