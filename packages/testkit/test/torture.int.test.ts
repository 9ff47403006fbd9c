import { expect, test } from 'vitest'
import { addRound, neverHit, noResults } from '../src/torture/results.ts'
import { runRound } from '../src/torture/round/run-round.ts'
import { sqliteStore } from '../src/torture/sqlite/sqlite-store.ts'

const rounds = 30

test('whatever dies when, no event is lost or doubled, none stands without its change, and each key keeps its order', {
  timeout: 1_200_000,
}, async () => {
  const seed = Math.floor(Math.random() * 1_000_000)
  process.stdout.write(
    `torture: ${rounds} rounds from seed ${seed}; again with: pnpm torture --store sqlite --rounds ${rounds} --seed ${seed}\n`,
  )
  let results = noResults(sqliteStore)
  for (let i = 0; i < rounds; i++) results = addRound(results, await runRound(sqliteStore, seed + i))
  expect(results.failed).toEqual([])
  expect(results.events).toBeGreaterThanOrEqual(500 * rounds)
  // A point at which nothing has died shows nothing.
  expect(neverHit(results, sqliteStore)).toEqual([])
})
