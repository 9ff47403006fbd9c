import { expect, test } from 'vitest'
import { expectedOf } from '../src/demo/expected.ts'

const purchase = (date: string, customerId: string, totalCents: number) => ({ row: 1, date, customerId, quantity: 1, totalCents })

test('figures are added up per month and per customer and month, months oldest first', () => {
  const expected = expectedOf([
    purchase('1997-02-01', 'a', 5),
    purchase('1997-01-31', 'a', 0),
    purchase('1997-01-01', 'b', 7),
    purchase('1997-01-01', 'a', 3),
  ])
  expect(expected.all).toEqual({ count: 4, totalCents: 15 })
  expect(expected.customers).toBe(2)
  expect([...expected.months]).toEqual([
    ['1997-01', { count: 3, totalCents: 10 }],
    ['1997-02', { count: 1, totalCents: 5 }],
  ])
  expect(expected.customersByMonth.get('1997-01')).toEqual(
    new Map([
      ['a', { count: 2, totalCents: 3 }],
      ['b', { count: 1, totalCents: 7 }],
    ]),
  )
})
