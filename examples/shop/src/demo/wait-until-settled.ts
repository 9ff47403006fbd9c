import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { ServiceName } from '../shop.ts'
import { ask } from './ask.ts'

const billingSummary = z.object({ invoices: z.int() })
const insightsSummary = z.object({ orders: z.int(), invoices: z.int() })

/**
 * Resolves when every order has its invoice and both have reached insights, or when nothing has moved for `patienceMs`:
 * the comparison then names what is missing.
 */
export async function waitUntilSettled(
  orders: number,
  originOf: (service: ServiceName) => string,
  { signal, patienceMs = 30_000 }: { signal?: AbortSignal; patienceMs?: number } = {},
): Promise<void> {
  let seen = ''
  let movedAt = performance.now()
  while (true) {
    const { invoices } = await ask(`${originOf('billing')}/billing/summary`, billingSummary, signal)
    const arrived = await ask(`${originOf('insights')}/insights/summary`, insightsSummary, signal)
    const counts = [invoices, arrived.orders, arrived.invoices]
    if (counts.every((count) => count === orders)) return
    if (counts.join() !== seen) movedAt = performance.now()
    if (performance.now() - movedAt > patienceMs) return
    seen = counts.join()
    await sleep(50, undefined, { signal })
  }
}
