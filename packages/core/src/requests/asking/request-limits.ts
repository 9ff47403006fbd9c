/** Limits of every request, in one process and over HTTP alike. */
export const requestLimits = Object.freeze({
  /** The most bytes of an operation's input as JSON in UTF-8. */
  inputBytes: 1_048_576,
})
