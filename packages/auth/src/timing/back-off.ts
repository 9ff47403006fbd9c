import type { Random } from '@tidings/core'

const firstMs = 500

/** How long to wait after so many failures in a row, in milliseconds: twice as long each time, up to the most, spread by half. */
export function backOffMs(failures: number, mostMs: number, random: Random): number {
  const ms = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 20))
  return Math.ceil(ms * (0.5 + random.next() / 2))
}
