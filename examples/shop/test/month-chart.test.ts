import { expect, test } from 'vitest'
import { bar, monthChart } from '../src/demo/month-chart.ts'

test('the highest month fills the width, the others are in proportion, and the columns line up', () => {
  const months = [
    { month: '1997-01', orders: 1_200, totalCents: 1_000_000 },
    { month: '1997-02', orders: 7, totalCents: 250_001 },
    { month: '1997-03', orders: 1, totalCents: 0 },
  ]
  expect(monthChart(months, 8)).toEqual([
    '1997-01  ████████  10,000.00  1,200  orders',
    '1997-02  ██         2,500.01      7  orders',
    '1997-03                 0.00      1  orders',
  ])
})

test('a bar is exact to an eighth of a character and never leaves its width', () => {
  expect(bar(0.5, 3)).toBe('█▌')
  expect(bar(0, 3)).toBe('')
  expect(bar(7, 3)).toBe('███')
  expect(bar(-1, 3)).toBe('')
})
