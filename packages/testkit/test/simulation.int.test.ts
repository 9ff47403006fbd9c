import { expect, test } from 'vitest'
import { runSeed } from '../src/simulation/run-seed.ts'

test.each(['memory', 'sqlite'] as const)('the same seed gives the same run, to the last line of its trace, on %s', async (store) => {
  const first = await runSeed(42, store, true)
  const second = await runSeed(42, store, true)
  expect(first.faults).toEqual([])
  expect(second.trace).toEqual(first.trace)
  expect(second.digest).toBe(first.digest)
  expect((await runSeed(43, store)).digest).not.toBe(first.digest)
})
