import { writeSync } from 'node:fs'

/** The moments at which a process can be told to die, each with writes in flight. */
export const killPoints = [
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

/** One of those moments. */
export type KillPoint = (typeof killPoints)[number]

/** The plan of one process: at which arrival at which point it dies; null for a process that lives on. */
export interface KillPlan {
  readonly point: KillPoint
  /** 1 means the first arrival. */
  readonly arrival: number
}

/** Kills its own process as a failing machine would, when the plan says so. */
export class KillSwitch {
  readonly #plan: KillPlan | null
  #arrivals = 0

  constructor(plan: KillPlan | null) {
    this.#plan = plan
  }

  /** Says that the process is at a point. Does not return when it is the one. */
  arrive(point: KillPoint): void {
    if (this.#plan?.point !== point || ++this.#arrivals < this.#plan.arrival) return
    // Written at once: what follows never runs.
    writeSync(1, `killed ${point}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}
