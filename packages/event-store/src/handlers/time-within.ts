/** The most milliseconds that are kept back. */
const mostKept = 50

/**
 * How long something may take within a time of `ms`: a little less, so that its failure can still be told to whoever waits.
 * Without that, a service that hangs would make those before it look as if they hung.
 */
export function timeWithin(ms: number): number {
  return Math.floor(ms - Math.min(mostKept, ms / 10))
}
