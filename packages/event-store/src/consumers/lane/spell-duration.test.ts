import { expect, test } from 'vitest'
import { spellDuration } from './spell-duration.ts'

test.each([
  [0, '0 ms'],
  [12.345, '12 ms'],
  [999.6, '1.0 s'],
  [9_873.23, '9.9 s'],
  [59_960, '1 min 0 s'],
  [60_000, '1 min 0 s'],
  [192_000, '3 min 12 s'],
  [7_260_000, '2 h 1 min'],
])('%d ms read %s', (ms, text) => {
  expect(spellDuration(ms)).toBe(text)
})
