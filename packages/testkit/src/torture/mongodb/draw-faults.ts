import type { ProcessFaults } from '../round/round-store.ts'
import { commandFaults } from './weather/command-faults.ts'
import { networkFaults } from './weather/network-faults.ts'
import { serverFaults } from './weather/server-faults.ts'
import type { Faults } from './weather/weather.ts'

/** What is done in one round. */
export interface DrawnFaults extends ProcessFaults {
  /** Sets of faults that come at the same time; of one set, one after the other. */
  readonly weather: readonly Faults[]
}

const sets = [serverFaults, networkFaults, commandFaults]
const kinds = ['kills', 'stops', ...sets.flatMap((faults) => [...faults.keys()])]

/** Draws the faults of a round: one kind alone, two, or all of them. */
export function drawFaults(next: () => number): DrawnFaults {
  const mode = next()
  const first = kinds[Math.floor(next() * kinds.length)] ?? 'kills'
  const second = kinds[Math.floor(next() * kinds.length)] ?? 'stops'
  const drawn = new Set(mode < 0.2 ? [first] : mode < 0.4 ? ['kills', second] : mode < 0.5 ? [first, second] : kinds)
  return {
    kills: drawn.has('kills'),
    stops: drawn.has('stops'),
    weather: sets.map((faults) => new Map([...faults].filter(([kind]) => drawn.has(kind)))).filter(({ size }) => size > 0),
  }
}
