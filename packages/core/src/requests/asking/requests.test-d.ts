// Types only: nothing here runs. Each `@ts-expect-error` is a mistake that the compiler must find.
import * as z from 'zod'
import { defineContract } from '../../contracts/define-contract.ts'
import { query } from '../../contracts/define-operation.ts'
import type { Send } from '../../ports/request-policy.ts'
import { createClient } from './create-client.ts'
import { isFailure } from './is-failure.ts'

declare const send: Send
declare const error: unknown

const orders = defineContract('orders', {
  operations: {
    getOrder: query({
      input: z.object({ orderId: z.string() }),
      output: z.object({ total: z.number() }),
      errors: {
        NotFound: z.object({ orderId: z.string() }),
        Later: z.object({ seconds: z.coerce.number(), reason: z.string().default('busy') }),
      },
    }),
    count: query({ input: z.object({}), output: z.number() }),
  },
})
const client = createClient(orders, send)

export const total: Promise<{ total: number }> = client.getOrder({ orderId: 'o1' }, { idempotencyKey: 'k' })

// @ts-expect-error no such operation
client.nope({})
// @ts-expect-error an input is needed
client.count()
// @ts-expect-error a wrong type
client.getOrder({ orderId: 1 })
// @ts-expect-error no such option
client.getOrder({ orderId: 'o1' }, { timeout: 5 })

if (isFailure(error, orders, 'getOrder', 'NotFound')) {
  error.detail.orderId.toUpperCase()
  error.reason satisfies 'NotFound'
  // @ts-expect-error the facts have no such field
  void error.detail.total
}
// What a caller gets is what the schema made of it.
if (isFailure(error, orders, 'getOrder', 'Later')) {
  error.detail.seconds.toFixed()
  error.detail.reason.toUpperCase()
}

// @ts-expect-error getOrder declares no such error
isFailure(error, orders, 'getOrder', 'Forbidden')
// @ts-expect-error count declares no errors
isFailure(error, orders, 'count', 'NotFound')
