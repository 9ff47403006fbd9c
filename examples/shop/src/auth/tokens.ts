/** What the shop's tokens say, and what every service asks of them. */
export const tokens = { issuer: 'shop-auth', audience: 'shop' } as const
