import type { Purchase } from './read-purchases.ts'

/** How many purchases, and for how much. */
export interface Figures {
  readonly count: number
  readonly totalCents: number
}

/** What the services must answer, derived from the file alone. */
export interface Expected {
  readonly all: Figures
  readonly customers: number
  /** By month, oldest first. */
  readonly months: ReadonlyMap<string, Figures>
  /** By month, then by customer. */
  readonly customersByMonth: ReadonlyMap<string, ReadonlyMap<string, Figures>>
}

/** Adds up a file of purchases, without any of the services' code. */
export function expectedOf(purchases: readonly Purchase[]): Expected {
  const months = new Map<string, Figures>()
  const customersByMonth = new Map<string, Map<string, Figures>>()
  let all: Figures = { count: 0, totalCents: 0 }

  for (const purchase of purchases) {
    const month = purchase.date.slice(0, 7)
    const customers = customersByMonth.get(month) ?? new Map<string, Figures>()
    customersByMonth.set(month, customers)
    customers.set(purchase.customerId, add(customers.get(purchase.customerId), purchase))
    months.set(month, add(months.get(month), purchase))
    all = add(all, purchase)
  }

  const sorted = new Map([...months].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { all, customers: new Set(purchases.map((purchase) => purchase.customerId)).size, months: sorted, customersByMonth }
}

function add(sum: Figures | undefined, purchase: Purchase): Figures {
  return { count: (sum?.count ?? 0) + 1, totalCents: (sum?.totalCents ?? 0) + purchase.totalCents }
}
