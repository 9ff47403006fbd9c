import { expect, test } from 'vitest'
import { failuresOf } from './simulated-seeds.ts'

test('whatever dies, pauses or goes unanswered when, every invariant holds, on 500 seeds with SQLite files', {
  timeout: 600_000,
}, async () => {
  expect(await failuresOf('sqlite', 500)).toEqual([])
})
