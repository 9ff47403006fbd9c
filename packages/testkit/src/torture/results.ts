import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { StoreKind } from './round/round-store.ts'
import type { Round } from './round/run-round.ts'
import { sum } from './round/tally.ts'
import { portPoints } from './worker/fault-switch.ts'

/** What many rounds came to; adds up over runs. */
export interface Results {
  readonly store: string
  readonly rounds: number
  readonly events: number
  /** What was done to them, by kind. */
  readonly injected: Readonly<Record<string, number>>
  /** What their checks looked at, by kind. */
  readonly judged: Readonly<Record<string, number>>
  readonly failed: readonly Pick<Round, 'seed' | 'broken'>[]
}

/** Rounds fewer than these need not have come to every named point. */
const roundsToHitAll = 30

export function noResults({ name }: StoreKind): Results {
  return { store: name, rounds: 0, events: 0, injected: {}, judged: {}, failed: [] }
}

/** The results with one more round. */
export function addRound(results: Results, { seed, events, injected, judged, broken }: Round): Results {
  return {
    store: results.store,
    rounds: results.rounds + 1,
    events: results.events + events,
    injected: sum(results.injected, injected),
    judged: sum(results.judged, judged),
    failed: broken.length === 0 ? results.failed : [...results.failed, { seed, broken }],
  }
}

/** The named points at which no process has died, though there were rounds enough. */
export function neverHit({ rounds, injected }: Results, { points }: StoreKind): readonly string[] {
  if (rounds < roundsToHitAll) return []
  return [...portPoints, ...points.map(({ point }) => point)].filter((point) => injected[`killed ${point}`] === undefined)
}

/** Results of earlier runs; none when there is no such file. @throws {TypeError} They are those of another store. */
export function readResults(file: string, kind: StoreKind): Results {
  if (!existsSync(file)) return noResults(kind)
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  if (results.store !== kind.name)
    throw new TypeError(`${file} holds results of ${results.store}, to which those of ${kind.name} do not add.`)
  return results
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}
