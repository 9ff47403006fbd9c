/**
 * The root of every error that Tidings throws on purpose. Callers test `code`, never the text.
 *
 * The message says what happened and what to do next. It never holds a payload, a token or a URL with credentials.
 */
export abstract class TidingsError extends Error {
  /** Stable name of the cause, such as `LOG_EVENT_TOO_LARGE`. */
  abstract readonly code: string
  /** True when the same call may succeed later without a change. */
  abstract readonly retryable: boolean

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
  }
}
