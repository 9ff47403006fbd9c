import { systemRuntime } from '@tidings/core'
import { type FaultPlan, saysAt } from '../worker/fault-switch.ts'
import type { Sale } from '../worker/sales.ts'
import type { Role } from '../worker/worker.ts'
import type { WorkerGuard } from '../worker/worker-guard.ts'
import { type Ending, WorkerProcess } from '../worker/worker-process.ts'
import { type Life, planLife } from './plan-life.ts'
import type { RoundStore, StoreKind } from './round-store.ts'
import type { Tally } from './tally.ts'

/** What a member of a round is, in whichever life. */
export interface MemberOptions {
  readonly name: string
  readonly role: Role
  readonly sales: readonly Sale[]
  readonly directory: string
  readonly kind: StoreKind
  readonly store: RoundStore
  readonly guard: WorkerGuard
  readonly tally: Tally
  /** The member's own source of numbers in [0, 1). */
  readonly next: () => number
}

const lives = 2

/** One process of a round, which is started again after each death. */
export class Member {
  readonly role: Role
  readonly #options: MemberOptions
  #lives = 0
  #current: WorkerProcess | undefined

  constructor(options: MemberOptions) {
    this.#options = options
    this.role = options.role
  }

  /** The newest lines of its present life. */
  get lastLines(): readonly string[] {
    return this.#current?.lines.slice(-8) ?? []
  }

  /** Is killed and stopped a few times, as the faults of the round ask for; then its last life has begun. */
  async live(): Promise<void> {
    const { store, kind, next, role } = this.#options
    const { kills, stops } = store.faults
    for (let life = 0; life < lives && kills; life++) {
      const plan = planLife(role, store.faults, kind, next)
      await this.#liveOnce(plan)
    }
    if (kills || !stops) return this.start()
    const plan = planLife(role, store.faults, kind, next)
    this.#current = this.#begin(plan.fault)
    await this.#disturb(this.#current, plan)
  }

  /** Begins a life in which the member does nothing to itself. */
  start(): void {
    this.#current = this.#begin(null)
  }

  /** Resolves once it has printed the line. @throws It ended before. */
  async said(line: string): Promise<void> {
    await this.#current?.said(line)
  }

  async kill(): Promise<void> {
    this.#current?.signal('SIGKILL')
    await this.#current?.ended
  }

  /** Asks it to end by itself. */
  async end(): Promise<Ending | undefined> {
    this.#current?.signal('SIGTERM')
    return this.#current?.ended
  }

  async #liveOnce(plan: Life): Promise<void> {
    const { tally } = this.#options
    const worker = this.#begin(plan.fault)
    await this.#disturb(worker, plan)
    worker.signal('SIGKILL')
    const { signal } = await worker.ended
    if (signal === null) tally.add('ended by itself')
    else if (plan.fault?.signal !== 'SIGKILL' || !hasMet(worker, plan.fault)) tally.add('killed at random')
  }

  /** Lets it work until it is killed or stopped; one that was stopped goes on, for a while. */
  async #disturb(worker: WorkerProcess, { fault, isStopped, stopMs, workMs }: Life): Promise<void> {
    const { kind, tally } = this.#options
    const met = fault === null ? worker.ended : worker.said(saysAt(fault)).catch(() => {})
    const within = (ms: number, what: Promise<unknown>): Promise<unknown> => Promise.race([what, systemRuntime.clock.sleep(ms)])
    await Promise.race([worker.said('started').catch(() => {}), met])
    await within(fault === null ? workMs : kind.mostWaitMs, met)
    if (isStopped) worker.signal('SIGSTOP')
    const hasStopped = isStopped || (fault?.signal === 'SIGSTOP' && hasMet(worker, fault))
    if (hasStopped) {
      await within(stopMs, worker.ended)
      worker.signal('SIGCONT')
      await within(workMs, worker.ended)
    }
    if (isStopped) tally.add('stopped at random')
    if (fault !== null && hasMet(worker, fault)) tally.add(`${fault.signal === 'SIGKILL' ? 'killed' : 'stopped'} ${fault.point}`)
  }

  #begin(fault: Life['fault']): WorkerProcess {
    const { name, role, sales, directory, store, guard, tally } = this.#options
    tally.add('processes')
    const life = `${name}#${++this.#lives}`
    return new WorkerProcess({ directory, place: store.placeOf(name), name: life, role, sales, fault }, guard)
  }
}

function hasMet(worker: WorkerProcess, fault: FaultPlan): boolean {
  return worker.lines.includes(saysAt(fault))
}
