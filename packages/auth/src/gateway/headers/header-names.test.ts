import { expect, test } from 'vitest'
import { endToEnd, isReserved } from './header-names.ts'

test.each([
  'Txn-Token',
  'TXN_TOKEN',
  'txn.token',
  'txn--token',
  '_txn-token_',
  'Tidings-Timeout-Ms',
  'tidings_timeout_ms',
  'TiDiNgS-anything',
  'X-Tidings-User',
  'Authorization',
  'AUTHORIZATION_',
  'Forwarded',
  'X_Forwarded_For',
  'x-forwarded-anything',
  'X-Original-URL',
  'X-HTTP-Method-Override',
])('%s is the gateway’s to say', (name) => {
  expect(isReserved(name)).toBe(true)
})

test.each(['Content-Type', 'Accept', 'Idempotency-Key', 'traceparent', 'X-Forwarder', 'tidingsx', 'Cookie'])(
  '%s is the client’s',
  (name) => {
    expect(isReserved(name)).toBe(false)
  },
)

test('what belongs to the connection stays there, and so does what Connection names in any spelling', () => {
  const flat = [
    'Connection',
    'close, X_Hop',
    'connection',
    'x-other',
    'x-hop',
    '1',
    'X-OTHER',
    '2',
    'TE',
    'trailers',
    'Accept',
    'a',
    'Accept',
    'b',
  ]
  expect(endToEnd(flat)).toEqual(['Accept', 'a', 'Accept', 'b'])
})
