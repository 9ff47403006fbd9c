import { plural } from './format.ts'
import { placeOrders } from './place-orders.ts'
import { originOf } from './service-process.ts'
import type { ShopProcesses } from './shop-processes.ts'
import type { StoryOptions } from './story-options.ts'

/** What happened while billing was away. */
export interface KillOutcome {
  /** How often an order was sent again. */
  readonly repeats: number
  /** When billing was killed, by `performance.now`. */
  readonly killedAt: number
}

/** Places every order and kills billing on the way, while orders are in flight and billing is at work. */
export async function killInMidFlow(
  processes: ShopProcesses,
  { purchases, killAfter, place, screen, signal }: StoryOptions,
): Promise<KillOutcome> {
  const rest = purchases.length - killAfter
  screen.step(2, `Place the first ${plural(killAfter, 'order')}`)
  let progress = screen.progress(killAfter)
  let killed: Promise<void> | undefined
  let killedAt = 0

  // Placing goes on while billing dies: nothing here waits for it.
  const { repeats } = await placeOrders(purchases, {
    origin: originOf('orders', place),
    signal,
    onPlaced: (placed) => {
      if (placed < killAfter) return progress.update(placed)
      if (placed > killAfter) return progress.update(placed - killAfter)

      progress.end(placed)
      const billing = processes.of('billing')
      killed = billing.end('SIGKILL')
      killedAt = performance.now()
      screen.step(3, 'kill -9 billing, in the middle of its work')
      screen.line(`process ${billing.pid} is gone`)
      screen.step(4, `Place the other ${plural(rest, 'order')}: customers notice nothing`)
      progress = screen.progress(rest)
    },
  })
  progress.end(rest)
  await killed
  const again = repeats === 0 ? 'none had to be sent twice' : `${plural(repeats, 'request')} sent again under the same idempotency key`
  screen.line(`all ${plural(purchases.length, 'order')} answered 201, ${again}`)
  return { repeats, killedAt }
}
