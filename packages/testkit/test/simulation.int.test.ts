import { expect, test } from 'vitest'
import { runSeed } from '../src/simulation/run-seed.ts'

test.each(['memory', 'sqlite'] as const)('the same seed gives the same run, to the last byte of its trace, on %s', async (store) => {
  const [first, second, other] = [await runSeed(42, store), await runSeed(42, store), await runSeed(43, store)]
  expect(first.verdicts).toEqual([])
  expect(second.recorder.trace).toEqual(first.recorder.trace)
  expect(second.recorder.digest).toBe(first.recorder.digest)
  expect(other.recorder.digest).not.toBe(first.recorder.digest)
})
