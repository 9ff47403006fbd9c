import { systemRuntime } from '@tidings/core'
import { type FaultPlan, type Role, saysAt } from '../worker/fault-switch.ts'
import type { Sale } from '../worker/sales.ts'
import type { WorkerGuard } from '../worker/worker-guard.ts'
import { type Ending, WorkerProcess } from '../worker/worker-process.ts'
import { tryAgain } from '../worker/worker-words.ts'
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
  readonly name: string
  readonly role: Role
  readonly #options: MemberOptions
  readonly #lives: WorkerProcess[] = []
  #broken: readonly string[] = []
  #isOver = false

  constructor(options: MemberOptions) {
    this.#options = options
    this.name = options.name
    this.role = options.role
  }

  /** What its processes have printed. */
  get lines(): readonly string[] {
    return this.#lives.flatMap(({ lines }, i) => lines.map((line) => `#${i + 1} ${line}`))
  }

  /** What its processes have reported of themselves, and those that ended without being asked to. */
  get broken(): readonly string[] {
    return [...new Set([...this.#lives.flatMap(({ broken }) => broken), ...this.#broken])]
  }

  /** Is killed and stopped a few times, as the faults of the round ask for; then its last life has begun. */
  async live(): Promise<void> {
    const { store, kind, next, role, tally } = this.#options
    const { kills, stops } = store.faults
    for (let life = 0; life < lives && kills; life++) {
      const plan = planLife(role, store.faults, kind, next)
      const worker = await this.#workThrough(plan)
      await this.kill()
      const diedAsPlanned = plan.fault?.signal === 'SIGKILL' && hasMet(worker, plan.fault)
      if (!diedAsPlanned) tally.add('killed at random')
    }
    if (kills || !stops) this.start()
    else this.#goOn(await this.#workThrough(planLife(role, store.faults, kind, next)))
  }

  /** Begins a life in which the member does nothing to itself. */
  start(): void {
    this.#goOn(this.#begin(null))
  }

  /** Resolves once it has printed the line, in this life or in one that follows because its store was not there. */
  async said(line: string): Promise<void> {
    for (let life = this.#lives.at(-1); life !== undefined; life = this.#lives.at(-1)) {
      const worker = life
      try {
        return await worker.said(line)
      } catch (error) {
        if (this.#lives.at(-1) === worker) throw error
      }
    }
  }

  async kill(): Promise<void> {
    this.#isOver = true
    this.#lives.at(-1)?.signal('SIGKILL')
    await this.#lives.at(-1)?.ended
    this.#isOver = false
  }

  /** Asks it to end by itself. */
  async end(): Promise<Ending> {
    // One that still loads its code has nothing yet that could listen.
    await this.said('started').catch(() => {})
    this.#isOver = true
    const worker = this.#lives.at(-1)
    worker?.signal('SIGTERM')
    return (await worker?.ended) ?? { code: 0, signal: null }
  }

  /** Begins a life and brings its faults upon it; begins again where the store was not there. */
  async #workThrough(plan: Life): Promise<WorkerProcess> {
    for (;;) {
      const worker = this.#begin(plan.fault)
      await this.#disturb(worker, plan)
      if (!(await wasTurnedAway(worker))) return worker
    }
  }

  /** From now on it is started again whenever its store was not there when it started. */
  #goOn(worker: WorkerProcess): void {
    void worker.ended.then(({ code }) => {
      if (code === tryAgain && !this.#isOver) this.start()
    })
  }

  /** Lets it work until it is killed or stopped; one that was stopped goes on, for a while. */
  async #disturb(worker: WorkerProcess, { fault, isStopped, stopMs, workMs }: Life): Promise<void> {
    const { kind, tally } = this.#options
    const met = fault === null ? worker.ended : worker.said(saysAt(fault)).catch(() => {})
    const within = (ms: number, what: Promise<unknown>): Promise<unknown> => Promise.race([what, systemRuntime.clock.sleep(ms)])
    await Promise.race([worker.said('started').catch(() => {}), met])
    const letGoOn = async (): Promise<void> => {
      await within(stopMs, worker.ended)
      worker.signal('SIGCONT')
    }
    // It may come to its point later than it is waited for here, and nobody else lets it go on.
    const stoppedItself = fault?.signal === 'SIGSTOP' ? met.then(letGoOn) : undefined
    await within(fault === null ? workMs : kind.mostWaitMs, met)
    if (isStopped) worker.signal('SIGSTOP')
    if (isStopped || (fault !== null && stoppedItself !== undefined && hasMet(worker, fault))) {
      await (stoppedItself ?? letGoOn())
      await within(workMs, worker.ended)
    }
    if (isStopped) tally.add('stopped at random')
    if (fault !== null && hasMet(worker, fault)) tally.add(`${fault.signal === 'SIGKILL' ? 'killed' : 'stopped'} ${fault.point}`)
  }

  #begin(fault: Life['fault']): WorkerProcess {
    const { name, role, sales, directory, store, guard, tally } = this.#options
    tally.add('processes')
    const life = `${name}#${this.#lives.length + 1}`
    const worker = new WorkerProcess({ directory, place: store.placeOf(), name: life, role, sales, fault }, guard)
    this.#lives.push(worker)
    void worker.ended.then(({ code, signal }) => {
      if (signal !== null || code === tryAgain || this.#isOver) return
      this.#broken = [...this.#broken, `I16 a process of ${role} ended:\n${worker.lines.slice(-8).join('\n')}`]
    })
    return worker
  }
}

function hasMet(worker: WorkerProcess, fault: FaultPlan): boolean {
  return worker.lines.includes(saysAt(fault))
}

/** Whether it ended because its store was not there; false for one that lives. */
async function wasTurnedAway({ ended }: WorkerProcess): Promise<boolean> {
  return (await Promise.race([ended, undefined]))?.code === tryAgain
}
