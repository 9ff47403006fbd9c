import { expect, test } from 'vitest'
import { randomRequests } from '../../../test/random-requests.ts'

// TIDINGS_AUTH_REQUESTS=1000000 for a long run.
const requests = Number(process.env.TIDINGS_AUTH_REQUESTS ?? 100_000)

test('of random requests none with a revoked token is accepted once the revocation was applied', { timeout: 300_000 }, () => {
  const tally = randomRequests(requests, 7)
  expect(tally.acceptedAfterApplied).toBe(0)
  expect(tally.refusedWithoutReason).toBe(0)
  // Otherwise nothing was tried.
  expect(tally.accepted).toBeGreaterThan(requests / 10)
  expect(tally.refused).toBeGreaterThan(requests / 10)
})
