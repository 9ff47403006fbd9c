import { type Comparison, counted, type Difference } from './compare.ts'
import type { Expected, Figures } from './expected.ts'
import { number, plural } from './format.ts'
import type { Screen } from './screen.ts'

const shown = 10

/** Says what was compared, and names each difference: the service, the customer and the month. */
export function reportComparison(screen: Screen, expected: Expected, { compared, differences }: Comparison): void {
  if (differences.length === 0) {
    const good = screen.paint('green', '✓')
    screen.line(
      `${good} ${plural(expected.all.count, 'order')}, ${plural(expected.all.count, 'invoice')}, ${number(expected.all.totalCents)} cents`,
    )
    screen.line(`${good} ${number(compared)} figures of orders, billing and insights, per customer and month: all as in the file`)
    screen.line(`${good} nothing lost, nothing twice`)
    return
  }
  const bad = screen.paint('red', '✗')
  // Customers first: their lines say most, and the months above them follow.
  const lines = [...differences].sort((a, b) => Number(a.customerId === undefined) - Number(b.customerId === undefined)).map(describe)
  for (const line of lines.slice(0, shown)) screen.line(`${bad} ${line}`)
  if (lines.length > shown) screen.line(`  and ${number(lines.length - shown)} more`)
  screen.line(`${plural(differences.length, 'difference')} in ${number(compared)} figures`)
}

function describe({ service, customerId, month, expected, found }: Difference): string {
  const figures = ({ count, totalCents }: Figures): string => `${plural(count, counted[service])} for ${plural(totalCents, 'cent')}`
  const where = [customerId === undefined ? 'all customers' : `customer ${customerId}`, month ?? 'all months'].join(' in ')
  return `${service}: ${where}: ${figures(found)}; the file says ${figures(expected)}`
}
