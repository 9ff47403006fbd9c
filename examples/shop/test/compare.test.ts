import { expect, test } from 'vitest'
import { compare } from '../src/demo/compare.ts'
import { expectedOf } from '../src/demo/expected.ts'
import { reportComparison } from '../src/demo/report-comparison.ts'
import { serve } from './serve.ts'

const expected = expectedOf([
  { row: 1, date: '1997-01-01', customerId: 'a', quantity: 1, totalCents: 5 },
  { row: 2, date: '1997-02-01', customerId: 'b', quantity: 1, totalCents: 7 },
])

/** What services say that agree with the file, by path. */
function answers(): Record<string, object> {
  const answers: Record<string, object> = {}
  for (const [service, unit] of [
    ['orders', 'orders'],
    ['billing', 'invoices'],
    ['insights', 'orders'],
  ] as const) {
    answers[`/${service}/months`] = [
      { month: '1997-01', [unit]: 1, totalCents: 5 },
      { month: '1997-02', [unit]: 1, totalCents: 7 },
    ]
    answers[`/${service}/summary`] = { [unit]: 2, totalCents: 12 }
    answers[`/${service}/months/1997-01/customers`] = [{ customerId: 'a', [unit]: 1, totalCents: 5 }]
    answers[`/${service}/months/1997-02/customers`] = [{ customerId: 'b', [unit]: 1, totalCents: 7 }]
  }
  return answers
}

async function compareWith(said: Record<string, object>) {
  await using server = await serve((request, response) => {
    const answer = said[request.url ?? '']
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}))
  })
  return await compare(expected, () => server.origin)
}

test('services that say what the file says have no difference, and every figure was looked at', async () => {
  expect(await compareWith(answers())).toEqual({ compared: 14, differences: [] })
})

test('one cent in one service is named with its customer and month', async () => {
  const said = answers()
  said['/billing/months/1997-02/customers'] = [{ customerId: 'b', invoices: 1, totalCents: 8 }]
  const comparison = await compareWith(said)
  expect(comparison.differences).toEqual([
    { service: 'billing', month: '1997-02', customerId: 'b', expected: { count: 1, totalCents: 7 }, found: { count: 1, totalCents: 8 } },
  ])

  const lines: string[] = []
  const screen = {
    line: (text = '') => lines.push(text),
    paint: (_: unknown, text: string) => text,
    step: () => {},
    heading: () => {},
    progress: () => ({ update() {}, end() {} }),
  }
  reportComparison(screen, expected, comparison)
  expect(lines).toEqual([
    '✗ billing: customer b in 1997-02: 1 invoice for 8 cents; the file says 1 invoice for 7 cents',
    '1 difference in 14 figures',
  ])
})

test('an invoice that is missing, one that is twice and one that nobody ordered are differences', async () => {
  const said = answers()
  said['/orders/months/1997-01/customers'] = []
  said['/billing/months/1997-01/customers'] = [{ customerId: 'a', invoices: 2, totalCents: 5 }]
  said['/insights/months'] = [
    { month: '1997-01', orders: 1, totalCents: 5 },
    { month: '1997-02', orders: 1, totalCents: 7 },
    { month: '1998-01', orders: 1, totalCents: 0 },
  ]
  said['/insights/months/1998-01/customers'] = [{ customerId: 'c', orders: 1, totalCents: 0 }]
  const { differences } = await compareWith(said)
  expect(differences.map(({ service, month, customerId, found }) => [service, month, customerId, found.count])).toEqual([
    ['orders', '1997-01', 'a', 0],
    ['billing', '1997-01', 'a', 2],
    ['insights', '1998-01', undefined, 1],
    ['insights', '1998-01', 'c', 1],
  ])
})

test('an answer that is not the one expected stops the comparison and says which', async () => {
  await expect(compareWith({})).rejects.toMatchObject({
    name: 'DemoFault',
    message: expect.stringContaining('/orders/summary answered 404'),
  })
})
