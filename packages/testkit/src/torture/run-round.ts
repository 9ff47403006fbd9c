import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRuntime } from '@tidings/core'
import { seeded } from '../seeded.ts'
import { checkRound } from './check-round.ts'
import { judgeHistory } from './judge-history.ts'
import { type KillPlan, type KillPoint, killPoints } from './kill-points.ts'
import { type Sale, salesOf } from './sales.ts'
import { WorkerProcess } from './worker-process.ts'

/** What happened in a round. */
export interface Round {
  readonly seed: number
  readonly events: number
  readonly processes: number
  /** Kills at named points, by point. */
  readonly killedAt: Readonly<Partial<Record<KillPoint, number>>>
  readonly killedAtRandom: number
  readonly paused: number
  readonly faults: readonly string[]
}

const salesPerInstance = 90
const lives = 2
const boundMs = 60_000
/** How long a process may take to come to the point at which it is to die; one that stands by never does. */
const mostWaitMs = 800

/**
 * Runs one round: two instances of a publishing service and two of a consuming one, each killed or paused again and again
 * with writes in flight; then all of them once more without faults until everything has drained; then the check.
 */
export async function runRound(seed: number): Promise<Round> {
  const directory = mkdtempSync(join(tmpdir(), 'tidings-torture-'))
  const next = seeded(seed)
  const sales = { first: salesOf('a', salesPerInstance, next), second: salesOf('b', salesPerInstance, next) }
  const tally = new Tally()
  try {
    const roles = [
      { name: 'till-1', role: 'till', sales: sales.first },
      { name: 'till-2', role: 'till', sales: sales.second },
      { name: 'books-1', role: 'books', sales: [] },
      { name: 'books-2', role: 'books', sales: [] },
    ] as const
    await Promise.all(roles.map((one) => live(directory, one, seeded(Math.floor(next() * 2 ** 32)), tally)))
    const faults = await drain(directory, sales.first, sales.second, tally)
    const verdict = checkRound(directory, [...sales.first, ...sales.second])
    const found = [...faults, ...verdict.faults, ...(await judgeHistory(directory))]
    if (found.length === 0) rmSync(directory, { recursive: true, force: true })
    else found.push(`its files are in ${directory}`)
    return { seed, events: verdict.events, ...tally.counts(), faults: found }
  } catch (error) {
    return {
      seed,
      events: 0,
      ...tally.counts(),
      faults: [`the round did not end: ${error instanceof Error ? error.message : String(error)}; its files are in ${directory}`],
    }
  }
}

/** What a process is, whichever life it is in. */
interface Role {
  readonly name: string
  readonly role: 'till' | 'books'
  readonly sales: readonly Sale[]
}

/** Starts a process and has it die, a few times over. */
async function live(directory: string, { name, role, sales }: Role, next: () => number, tally: Tally): Promise<void> {
  for (let life = 0; life < lives; life++) {
    const kill = next() < 0.75 ? planKill(role, next) : null
    const worker = new WorkerProcess({ directory, name: `${name}#${life + 1}`, role, sales, kill, settle: 0 })
    tally.processes++
    await Promise.race([worker.said('started'), worker.ended]).catch(() => {})
    const waitMs = 50 + next() * 350
    if (kill === null && next() < 0.4) {
      await Promise.race([worker.ended, systemRuntime.clock.sleep(waitMs)])
      worker.signal('SIGSTOP')
      tally.paused++
      // Past the lease of 400 ms, so that the other instance takes over; then it goes on and must write nothing.
      await systemRuntime.clock.sleep(600)
      worker.signal('SIGCONT')
    }
    await Promise.race([worker.ended, systemRuntime.clock.sleep(kill === null ? waitMs : mostWaitMs)])
    worker.signal('SIGKILL')
    await worker.ended
    tally.add(worker.lines)
  }
}

function planKill(role: 'till' | 'books', next: () => number): KillPlan {
  const points = killPoints.filter((point) => role === 'books' || point !== 'after-commit-of-checkpoint')
  const usable = role === 'till' ? points.filter((point) => point !== 'before-checkpoint') : points
  return { point: usable[Math.floor(next() * usable.length)] ?? 'before-append', arrival: 1 + Math.floor(next() * 4) }
}

/** Everything once more, without faults: it must drain and end by itself within the bound. */
async function drain(directory: string, first: readonly Sale[], second: readonly Sale[], tally: Tally): Promise<readonly string[]> {
  const tills = [first, second].map(
    (sales, i) => new WorkerProcess({ directory, name: `till-${i + 1}#last`, role: 'till', sales, kill: null, settle: 0 }),
  )
  const books = new WorkerProcess({
    directory,
    name: 'books-1#last',
    role: 'books',
    sales: [],
    kill: null,
    settle: 3 * (first.length + second.length),
  })
  tally.processes += 3
  const faults: string[] = []
  const work = async (): Promise<void> => {
    for (const till of tills) {
      await till.said('sold')
      till.signal('SIGTERM')
      faults.push(...(await endingFaults(till, 'till')))
    }
    await books.said('settled')
    books.signal('SIGTERM')
    faults.push(...(await endingFaults(books, 'books')))
  }
  const done = new AbortController()
  const late = systemRuntime.clock.sleep(boundMs, done.signal).then(
    () =>
      faults.push(
        `I16 the round did not drain within ${boundMs / 1_000} s:\n${[...tills, books].flatMap(({ lines }) => lines.slice(-5)).join('\n')}`,
      ),
    () => {},
  )
  await Promise.race([work(), late])
  done.abort()
  for (const worker of [...tills, books]) worker.signal('SIGKILL')
  return faults
}

async function endingFaults(worker: WorkerProcess, name: string): Promise<readonly string[]> {
  const { code, signal } = await worker.ended
  return code === 0 ? [] : [`I16 a process of ${name} did not end by itself after SIGTERM: code ${code}, signal ${signal}`]
}

class Tally {
  processes = 0
  paused = 0
  readonly #killedAt: Partial<Record<KillPoint, number>> = {}
  #random = 0

  add(lines: readonly string[]): void {
    const point = killPoints.find((one) => lines.includes(`killed ${one}`))
    if (point === undefined) this.#random++
    else this.#killedAt[point] = (this.#killedAt[point] ?? 0) + 1
  }

  counts(): Pick<Round, 'processes' | 'killedAt' | 'killedAtRandom' | 'paused'> {
    return { processes: this.processes, killedAt: this.#killedAt, killedAtRandom: this.#random, paused: this.paused }
  }
}
