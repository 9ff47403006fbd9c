import { expect, test } from 'vitest'
import { failuresOf } from './simulated-seeds.ts'

test('whatever dies, pauses or goes unanswered when, every invariant holds, on 500 seeds with databases in memory', {
  timeout: 600_000,
}, async () => {
  expect(await failuresOf('memory', 500)).toEqual([])
})
