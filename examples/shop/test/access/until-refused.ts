import { setTimeout as sleep } from 'node:timers/promises'
import { DemoFault } from '../../src/demo/demo-fault.ts'
import { type ServiceName, serviceNames } from '../../src/shop.ts'
import { type Answered, send } from './caller.ts'
import type { GuardedShop } from './guarded-shop.ts'

/** An order of whoever sends it. */
export const order = { quantity: 1, totalCents: 4_200, placedAt: '1997-01-01T00:00:00Z' } as const

/** Asks a service with a token: `orders` for an order, the others for their figures. */
export function askWith(shop: Pick<GuardedShop, 'doorOf'>, service: ServiceName, token: string, signal?: AbortSignal): Promise<Answered> {
  if (service === 'orders') return send(`${shop.doorOf(service)}/orders`, { token, body: order, signal })
  return send(`${shop.doorOf(service)}/${service}/summary`, { token, signal })
}

/**
 * Goes on asking every service with a token until the last one refuses it. Answers when that was, by `performance.now`.
 *
 * @param isLate Whether the token must not be taken any more.
 * @throws {DemoFault} It was taken when it must not be.
 */
export async function untilRefused(shop: GuardedShop, token: string, isLate: () => boolean, signal?: AbortSignal): Promise<number> {
  const refusedAt = await Promise.all(
    serviceNames.map(async (service) => {
      while (true) {
        const wasLate = isLate()
        const { status, text } = await askWith(shop, service, token, signal)
        if (status === 401) return performance.now()
        if (wasLate)
          throw new DemoFault(`${service} answered ${status} to a token that was revoked, after the time in which it may: ${text}`)
        await sleep(1, undefined, { signal })
      }
    }),
  )
  return Math.max(...refusedAt)
}
