import { setTimeout as sleep } from 'node:timers/promises'
import pMap from 'p-map'
import { type Dispatcher, Pool } from 'undici'
import { DemoFault } from './demo-fault.ts'
import type { Purchase } from './read-purchases.ts'

/** How orders are placed. */
export interface PlaceOrdersOptions {
  /** Where `orders` is found, such as `http://127.0.0.1:4102`. */
  readonly origin: string
  /** Called after each order that was taken, with how many there are now. */
  readonly onPlaced: (placed: number) => void
  readonly signal?: AbortSignal
  /** How many orders are on their way at once. @default 64 */
  readonly inFlight?: number
  /** How long one order is tried, in milliseconds: on a busy machine 64 new customers at once take a while. @default 120_000 */
  readonly patienceMs?: number
}

/** So long an answer may take before the order is sent again. */
const answerMs = 30_000

/** What happened while placing. */
export interface Placed {
  readonly orders: number
  /** How often an order was sent again, under the same idempotency key. */
  readonly repeats: number
}

/**
 * Places every purchase as an order over HTTP. An order whose answer does not come or says that the service cannot
 * answer now is sent again under its idempotency key, so it is taken once however often it was sent.
 *
 * @throws {DemoFault} An order was refused, or was not taken in time.
 */
export async function placeOrders(purchases: readonly Purchase[], options: PlaceOrdersOptions): Promise<Placed> {
  const { origin, onPlaced, signal, inFlight = 64, patienceMs = 120_000 } = options
  await using pool = disposable(new Pool(origin, { connections: inFlight, bodyTimeout: answerMs, headersTimeout: answerMs }))
  let placed = 0
  let repeats = 0

  await pMap(
    purchases,
    async (purchase) => {
      const giveUpAt = performance.now() + patienceMs
      for (let attempt = 1; ; attempt++) {
        const refusal = await send(pool.pool, purchase, signal)
        if (refusal === undefined) break
        if (performance.now() > giveUpAt)
          throw new DemoFault(`The order of row ${purchase.row} was not taken in ${patienceMs / 1000} s: ${refusal}`)
        repeats++
        await sleep(Math.random() * Math.min(1_000, 25 * 2 ** attempt), undefined, { signal })
      }
      placed++
      onPlaced(placed)
    },
    { concurrency: inFlight, signal },
  )
  return { orders: placed, repeats }
}

/** Undefined when the order was taken, else why it may be sent again. */
async function send(pool: Pool, purchase: Purchase, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { customerId, quantity, totalCents, date } = purchase
  const body = JSON.stringify({ customerId, quantity, totalCents, placedAt: `${date}T00:00:00Z` })
  let response: Dispatcher.ResponseData
  let text: string
  try {
    // The key names the line of the file, which is what must not be ordered twice.
    response = await pool.request({
      method: 'POST',
      path: '/orders',
      headers: { 'content-type': 'application/json', 'idempotency-key': `purchase-${purchase.row}` },
      body,
      signal,
    })
    text = await response.body.text()
  } catch (error) {
    signal?.throwIfAborted()
    return error instanceof Error ? error.message : String(error)
  }
  if (response.statusCode === 201) return undefined
  const refusal = `POST /orders answered ${response.statusCode}: ${text}`
  if (response.statusCode >= 500 || response.statusCode === 429) return refusal
  throw new DemoFault(`The order of row ${purchase.row} was refused. ${refusal}`)
}

function disposable(pool: Pool): AsyncDisposable & { readonly pool: Pool } {
  return { pool, [Symbol.asyncDispose]: () => pool.destroy() }
}
