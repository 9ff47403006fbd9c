import { writeSync } from 'node:fs'

/** The moments around a port at which a process can be told to die or to stop, each with writes in flight. */
export const portPoints = [
  'before-append',
  'after-append',
  'in-handler',
  'after-handler',
  'before-checkpoint',
  'before-commit',
  'after-commit-of-events',
  'after-commit-of-checkpoint',
  'before-removal-of-staged',
] as const

/** What a process runs: a service that publishes, or those that consume. */
export type Role = 'till' | 'books'

/** A named point in a store's own writes. */
export interface StorePoint {
  readonly point: string
  /** Whose processes come to it. */
  readonly roles: readonly Role[]
  /** Whether they seldom come to it, so that the first arrival is taken. */
  readonly isRare?: boolean
}

/** What one process does to itself: at which arrival at which point, a port's or the store's own. */
export interface FaultPlan {
  readonly point: string
  /** 1 means the first arrival. */
  readonly arrival: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}

/** What the process says before it meets its plan. */
export function saysAt({ point, signal }: FaultPlan): string {
  return `${signal} ${point}`
}

/** Kills or stops its own process as a failing machine would, when the plan says so. */
export class FaultSwitch {
  readonly #plan: FaultPlan | null
  #arrivals = 0

  /** @param plan Null for a process that nothing happens to. */
  constructor(plan: FaultPlan | null) {
    this.#plan = plan
  }

  /** Says that the process is at a point. Where it is the one, this does not return, or not before somebody lets it go on. */
  arrive(point: string): void {
    if (this.#plan?.point !== point || ++this.#arrivals !== this.#plan.arrival) return
    // Written at once: what follows never runs, or late.
    writeSync(1, `${saysAt(this.#plan)}\n`)
    process.kill(process.pid, this.#plan.signal)
  }
}
