import { amount, columns } from './format.ts'

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** What one month brought. */
export interface Month {
  /** `1997-01` */
  readonly month: string
  readonly orders: number
  readonly totalCents: number
}

/** Revenue by month as bars, one line each; the longest is `width` characters. */
export function monthChart(months: readonly Month[], width = 32): string[] {
  const highest = Math.max(1, ...months.map(({ totalCents }) => totalCents))
  const moneyWidth = amount(highest).length
  return columns(
    months.map(({ month, orders, totalCents }) => [
      month,
      bar(totalCents / highest, width).padEnd(width),
      amount(totalCents).padStart(moneyWidth),
      orders,
      'orders',
    ]),
  )
}

/** A bar of `share` of the width, to an eighth of a character. */
export function bar(share: number, width: number): string {
  const length = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  return '█'.repeat(Math.floor(length / 8)) + (eighths[length % 8] ?? '')
}
