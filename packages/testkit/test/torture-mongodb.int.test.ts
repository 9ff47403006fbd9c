import { expect, test } from 'vitest'
import { mongodbStore } from '../src/torture/mongodb/mongodb-store.ts'
import { addRound, noResults } from '../src/torture/results.ts'
import { runRound } from '../src/torture/round/run-round.ts'
import { describeWithMongod } from './mongod.ts'

const rounds = 3

describeWithMongod('on MongoDB', () => {
  test('whatever dies when, server and network included, no event is lost or doubled, and each key keeps its order', {
    timeout: 1_200_000,
  }, async () => {
    const seed = Math.floor(Math.random() * 1_000_000)
    process.stdout.write(
      `torture: ${rounds} rounds on MongoDB from seed ${seed}; again with: pnpm torture --store mongodb --rounds ${rounds} --seed ${seed}\n`,
    )
    let results = noResults(mongodbStore)
    for (let i = 0; i < rounds; i++) results = addRound(results, await runRound(mongodbStore, seed + i))
    expect(results.failed).toEqual([])
    expect(results.events).toBeGreaterThanOrEqual(500 * rounds)
  })
})
