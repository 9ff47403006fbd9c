import * as z from 'zod'

/** A customer's id as the shop knows it: text, since leading zeros count. */
export const customerId = z.string().min(1).max(64)

/** An order's id. */
export const orderId = z.string().min(1).max(64)

/** How many pieces were bought. */
export const quantity = z.int().min(1)

/** An amount of money in cents. Zero is a price like any other, and there is no highest one. */
export const totalCents = z.int().min(0)

/** When something was bought, ISO 8601 with `Z` or an offset. */
export const placedAt = z.iso.datetime({ offset: true })

/** A month in UTC, such as `1997-01`. */
export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'expected a month such as 1997-01')

/** How many of something there are. */
export const count = z.int().min(0)

/** The month in UTC that a moment falls into: what every service means by `month`. */
export function monthOf(moment: string): string {
  return new Date(moment).toISOString().slice(0, 7)
}
