import { defineContract, defineService, query } from '@tidings/core'
import * as z from 'zod'

/** What is asked. */
export const Question = z.object({ sku: z.string().min(1).max(64), pieces: z.int().min(1), currency: z.enum(['EUR', 'USD']) })
/** What is answered: some 600 bytes. */
export const Answer = z.object({
  sku: z.string(),
  totalCents: z.int(),
  offers: z.array(z.object({ seller: z.string(), priceCents: z.int(), inStock: z.boolean(), deliveryDays: z.int() })),
})

/** A question that is asked again and again. */
export const question: z.input<typeof Question> = { sku: 'tea-0815', pieces: 3, currency: 'EUR' }

/** The work that both sides do. */
export function offersFor({ sku, pieces }: z.output<typeof Question>): z.output<typeof Answer> {
  const offers = Array.from({ length: 8 }, (_, i) => ({
    seller: `seller-${i}`,
    priceCents: 100 + i * 7,
    inStock: i % 3 !== 0,
    deliveryDays: 1 + i,
  }))
  return { sku, totalCents: pieces * 100, offers }
}

export const catalogue = defineContract('catalogue', {
  operations: {
    offers: query({ input: Question, output: Answer, access: 'public', timeoutMs: 30_000, http: 'POST /offers' }),
    slowOffers: query({ input: Question, output: Answer, access: 'public', timeoutMs: 30_000 }),
  },
})

/** How long the slow operation takes. */
export const slowMs = 50

export const catalogueService = defineService(catalogue).implement({
  offers: async (asked) => offersFor(asked),
  slowOffers: async (asked) => {
    await new Promise((resolve) => setTimeout(resolve, slowMs))
    return offersFor(asked)
  },
})
