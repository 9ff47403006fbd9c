import { type FaultPlan, portPoints, type Role, type StorePoint } from '../worker/fault-switch.ts'
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
  const { point, isRare = false } = pick(pointsOf(role, kind), next)
  const arrival = 1 + Math.floor(next() * (isRare ? 1 : 4))
  return {
    fault: isNamed ? { point, arrival, signal: stops ? 'SIGSTOP' : 'SIGKILL' } : null,
    isStopped: !isNamed && stops,
    stopMs: pick(kind.stops, next),
    workMs: 50 + next() * 350,
  }
}

function pointsOf(role: Role, { points }: StoreKind): readonly StorePoint[] {
  const ofPorts = portPoints.map((point) => ({
    point,
    roles: /checkpoint/.test(point) ? (['books'] as const) : (['till', 'books'] as const),
  }))
  return [...ofPorts, ...points].filter(({ roles }) => roles.some((one) => one === role))
}

function pick<T>(values: readonly T[], next: () => number): T {
  const value = values[Math.floor(next() * values.length)]
  if (value === undefined) throw new TypeError('There is nothing to pick from.')
  return value
}
