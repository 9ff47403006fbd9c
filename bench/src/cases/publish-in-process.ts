import { EventEmitter } from 'node:events'
import { createEventBus } from '@tidings/core'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { OrderPlaced, OrderSchema, orderAt } from '../orders.ts'

/** The bus alone, with three subscribers. */
export function publishInProcess(events: number): Comparison {
  return { name: 'in-process publish to 3 subscribers', against: 'zod parse + node:events', atLeast: 0.9, open: async () => open(events) }
}

function open(events: number): Sides {
  const orders = Array.from({ length: events }, (_, n) => orderAt(n))
  const bus = createEventBus()
  const emitter = new EventEmitter()
  let received = 0
  const receive = (order: { readonly totalCents: number }): void => {
    received += order.totalCents > 0 ? 1 : 0
  }
  for (let i = 0; i < 3; i++) {
    bus.subscribe(OrderPlaced, receive)
    emitter.on(OrderPlaced.name, receive)
  }
  const all = (): void => {
    if (received !== 3 * events) throw new Error(`Received ${received} of ${3 * events}.`)
    received = 0
  }
  return {
    ours: () =>
      perSecond(events, async () => {
        // As the emitter's caller does, nobody waits for each: subscribers in this process have been called when publish returns.
        let last = Promise.resolve()
        for (const order of orders) last = bus.publish(OrderPlaced, order)
        await last
        all()
      }),
    baseline: () =>
      perSecond(events, () => {
        for (const order of orders) emitter.emit(OrderPlaced.name, OrderSchema.parse(order))
        all()
      }),
    close: async () => bus[Symbol.dispose](),
  }
}
