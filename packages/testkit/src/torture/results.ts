import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type KillPoint, killPoints } from './kill-points.ts'
import type { Round } from './run-round.ts'

/** What many rounds came to; adds up over runs. */
export interface Results {
  readonly rounds: number
  readonly events: number
  readonly processes: number
  readonly killedAt: Readonly<Record<KillPoint, number>>
  readonly killedAtRandom: number
  readonly paused: number
  readonly failed: readonly { readonly seed: number; readonly faults: readonly string[] }[]
}

export const noResults: Results = {
  rounds: 0,
  events: 0,
  processes: 0,
  killedAt: Object.fromEntries(killPoints.map((point) => [point, 0])) as Record<KillPoint, number>,
  killedAtRandom: 0,
  paused: 0,
  failed: [],
}

/** The results with one more round. */
export function addRound(results: Results, round: Round): Results {
  return {
    rounds: results.rounds + 1,
    events: results.events + round.events,
    processes: results.processes + round.processes,
    killedAt: Object.fromEntries(killPoints.map((point) => [point, results.killedAt[point] + (round.killedAt[point] ?? 0)])) as Record<
      KillPoint,
      number
    >,
    killedAtRandom: results.killedAtRandom + round.killedAtRandom,
    paused: results.paused + round.paused,
    failed: round.faults.length === 0 ? results.failed : [...results.failed, { seed: round.seed, faults: round.faults }],
  }
}

/** The named points at which no process has died. */
export function neverHit(results: Results): readonly KillPoint[] {
  return killPoints.filter((point) => results.killedAt[point] === 0)
}

/** Results of earlier runs; none when there is no such file. */
export function readResults(file: string): Results {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : noResults
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}
