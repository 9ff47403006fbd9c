import * as z from 'zod'
import type { ServiceName } from '../shop.ts'
import { ask } from './ask.ts'
import type { Expected, Figures } from './expected.ts'

/** One figure in which a service and the file are not the same. */
export interface Difference {
  readonly service: keyof typeof counted
  /** Missing where the difference is in a total. */
  readonly month?: string
  readonly customerId?: string
  readonly expected: Figures
  readonly found: Figures
}

/** What a comparison found. */
export interface Comparison {
  /** How many figures were compared. */
  readonly compared: number
  readonly differences: readonly Difference[]
}

/** The services whose figures are compared, and what each counts. */
export const counted = { orders: 'order', billing: 'invoice', insights: 'order' } as const

const nothing: Figures = { count: 0, totalCents: 0 }
const row = z.object({
  month: z.string().optional(),
  customerId: z.string().optional(),
  orders: z.int().optional(),
  invoices: z.int().optional(),
  totalCents: z.int(),
})

/**
 * Compares what the services answer over HTTP with what the file says: in all, per month, and per customer and month.
 * A month or customer that only one side knows is a difference too.
 *
 * @param originOf Where a service is found, such as `http://127.0.0.1:4103`.
 */
export async function compare(expected: Expected, originOf: (service: ServiceName) => string, signal?: AbortSignal): Promise<Comparison> {
  const differences: Difference[] = []
  let compared = 0

  for (const service of ['orders', 'billing', 'insights'] as const) {
    const origin = `${originOf(service)}/${service}`
    const figures = (found: z.infer<typeof row>): Figures => ({ count: found[`${counted[service]}s`] ?? 0, totalCents: found.totalCents })
    const figuresBy = async (name: 'month' | 'customerId', path: string): Promise<Map<string, Figures>> => {
      const rows = await ask(`${origin}/${path}`, z.array(row), signal)
      return new Map(rows.map((found) => [found[name] ?? '', figures(found)]))
    }
    const check = (
      wanted: ReadonlyMap<string, Figures>,
      found: ReadonlyMap<string, Figures>,
      place: (key: string) => Pick<Difference, 'month' | 'customerId'>,
    ): void => {
      for (const key of new Set([...wanted.keys(), ...found.keys()])) {
        compared++
        const difference = { service, ...place(key), expected: wanted.get(key) ?? nothing, found: found.get(key) ?? nothing }
        if (!same(difference.expected, difference.found)) differences.push(difference)
      }
    }

    // Insights has no total of its own: its months are all it tells.
    if (service !== 'insights')
      check(new Map([['', expected.all]]), new Map([['', figures(await ask(`${origin}/summary`, row, signal))]]), () => ({}))
    const months = await figuresBy('month', 'months')
    check(expected.months, months, (month) => ({ month }))
    for (const month of new Set([...expected.months.keys(), ...months.keys()])) {
      const customers = await figuresBy('customerId', `months/${month}/customers`)
      check(expected.customersByMonth.get(month) ?? new Map(), customers, (customerId) => ({ month, customerId }))
    }
  }
  return { compared, differences }
}

function same(a: Figures, b: Figures): boolean {
  return a.count === b.count && a.totalCents === b.totalCents
}
