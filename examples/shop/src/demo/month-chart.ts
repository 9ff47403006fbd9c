import type { Figures } from './expected.ts'
import { amount, columns } from './format.ts'

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Revenue by month as bars, one line each; the longest is `width` characters. */
export function monthChart(months: ReadonlyMap<string, Figures>, width = 32): string[] {
  const highest = Math.max(1, ...[...months.values()].map((figures) => figures.totalCents))
  return columns(
    [...months].map(([month, { count, totalCents }]) => [
      month,
      bar(totalCents / highest, width).padEnd(width),
      amount(totalCents).padStart(amount(highest).length),
      count,
      'orders',
    ]),
  )
}

/** A bar of `share` of the width, to an eighth of a character. */
export function bar(share: number, width: number): string {
  const length = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  return '█'.repeat(Math.floor(length / 8)) + (eighths[length % 8] ?? '')
}
