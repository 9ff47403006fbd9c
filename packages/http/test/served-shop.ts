import {
  type AnyOperation,
  answerRequest,
  command,
  defineContract,
  OperationFailed,
  type OperationRequest,
  OperationUnknown,
  query,
  type ServedSystem,
  StoreOverloaded,
  toAnswer,
} from '@tidings/core'
import * as z from 'zod'

export const orders = defineContract('orders', {
  operations: {
    placeOrder: command({
      input: z.object({ customerId: z.string(), totalCents: z.number().int().nonnegative(), note: z.string().optional() }),
      output: z.object({ orderId: z.string() }),
      errors: { UnknownCustomer: z.object({ customerId: z.string() }), Refused: z.object({}) },
      access: 'public',
      http: { route: 'POST /orders', status: 201, errors: { UnknownCustomer: 409 } },
    }),
    getOrder: query({
      input: z.object({
        orderId: z.string(),
        lines: z.coerce.number().optional(),
        tag: z.union([z.string(), z.array(z.string())]).optional(),
      }),
      output: z.object({ orderId: z.string(), lines: z.number().optional(), tag: z.unknown().optional() }),
      access: 'public',
      http: 'GET /orders/:orderId',
    }),
    changeOrder: command({
      input: z.object({ id: z.string(), totalCents: z.number() }),
      output: z.object({ ok: z.boolean() }),
      access: 'public',
      http: 'PUT /orders/:id',
    }),
    echo: command({ input: z.looseObject({}), output: z.looseObject({}), access: 'public', http: 'POST /echo' }),
    wait: query({
      input: z.object({ forMs: z.number() }),
      output: z.object({ ok: z.boolean() }),
      access: 'public',
      http: 'POST /wait',
      timeoutMs: 100,
    }),
    cancel: command({
      input: z.object({ orderId: z.string() }),
      output: z.object({ orderId: z.string() }),
      errors: { Refused: z.object({}) },
      access: 'public',
      http: { route: 'POST /orders/cancel', status: 202, errors: { Refused: 401 }, takesForms: true },
    }),
    count: query({ input: z.object({}), output: z.string(), access: 'public', http: 'GET /count' }),
  },
})

/** A system of one service that answers by what it is asked, and keeps what it was asked. */
export function servedShop(): {
  system: ServedSystem
  asked: OperationRequest[]
  signals: AbortSignal[]
  logged: string[]
  readiness: { ready: boolean; reasons: string[]; notes: string[] }
} {
  const asked: OperationRequest[] = []
  const signals: AbortSignal[] = []
  const logged: string[] = []
  const readiness = { ready: true, reasons: [] as string[], notes: [] as string[] }
  const write = (message: string): void => void logged.push(message)
  const logger = { info: write, warn: write, error: write }
  const system: ServedSystem = {
    contracts: [orders],
    readiness: () => readiness,
    answer: async (request, signal) => {
      asked.push(request)
      signals.push(signal)
      const operation = (orders.operations as Record<string, AnyOperation>)[request.operation]
      if (operation === undefined) return await toAnswer(new OperationUnknown(request), request, operation, logger)
      return await answerRequest(request, operation, async (input, encode) => await encode(await handle(request, input, signal)), logger)
    },
  }
  return { system, asked, signals, logged, readiness }
}

async function handle(request: OperationRequest, input: unknown, signal: AbortSignal): Promise<unknown> {
  // Each handler knows the input of its own operation, which was checked before.
  const given = input as Record<string, unknown>
  switch (request.operation) {
    case 'placeOrder':
      if (given.customerId === 'nobody')
        throw new OperationFailed({ ...request, reason: 'UnknownCustomer', detail: { customerId: 'nobody' } })
      if (given.customerId === 'refused') throw new OperationFailed({ ...request, reason: 'Refused', detail: {} })
      if (given.customerId === 'busy') throw new StoreOverloaded({ store: 'orders', waiting: 5, maximum: 5 })
      if (given.customerId === 'broken') throw new Error('secret of /var/db')
      if (given.customerId === 'null') throw null
      return given.customerId === 'invalid' ? { orderId: 1 } : { orderId: `o-${given.totalCents}` }
    case 'cancel':
      if (given.orderId === '') throw new OperationFailed({ ...request, reason: 'Refused', detail: {} })
      return given
    case 'changeOrder':
      return { ok: true }
    case 'count':
      return 'many'
    case 'wait':
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(() => resolve({ ok: true }), Number(given.forMs))
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          reject(signal.reason)
        })
      })
    default:
      return given
  }
}
