import { type FaultPlan, portPoints, type Role } from '../worker/fault-switch.ts'
import type { ProcessFaults, StoreKind } from './round-store.ts'

/** What happens to a process in one of its lives, beside being killed in the end. */
export interface Life {
  /** At a named point; null where only chance strikes. */
  readonly fault: FaultPlan | null
  /** Whether it is stopped at a moment that nobody chose. */
  readonly isStopped: boolean
  /** For how long it is stopped, in milliseconds. */
  readonly stopMs: number
  /** How long it works without being disturbed, in milliseconds. */
  readonly workMs: number
}

/** Draws a life. */
export function planLife(role: Role, faults: ProcessFaults, kind: StoreKind, next: () => number): Life {
  const isNamed = next() < 0.75
  const stops = faults.stops && (!faults.kills || next() < (isNamed ? 0.2 : 0.4))
  const point = pick(pointsOf(role, kind), next)
  const fault: FaultPlan = { point, arrival: 1 + Math.floor(next() * 4), signal: stops ? 'SIGSTOP' : 'SIGKILL' }
  return { fault: isNamed ? fault : null, isStopped: !isNamed && stops, stopMs: pick(kind.stops, next), workMs: 50 + next() * 350 }
}

function pointsOf(role: Role, { points }: StoreKind): readonly [string, ...string[]] {
  const [first, ...others] = portPoints.filter((point) => role === 'books' || !/checkpoint/.test(point))
  return [first ?? 'before-append', ...others, ...points.filter(({ roles }) => roles.includes(role)).map(({ point }) => point)]
}

function pick<T>(values: readonly T[], next: () => number): T {
  const value = values[Math.floor(next() * values.length)]
  if (value === undefined) throw new TypeError('There is nothing to pick from.')
  return value
}
