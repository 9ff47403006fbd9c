import type { Runtime, Service } from '@tidings/core'
import { readAll } from '../history/read-all.ts'
import type { Verdict } from '../history/verdict.ts'
import { seeded, seededRandom } from '../seeded.ts'
import { checkRun } from './check-run.ts'
import { drive } from './drive.ts'
import { Instance } from './instance.ts'
import { Place } from './place.ts'
import { Recorder } from './recorder.ts'
import { remainsOf } from './remains.ts'
import { databaseFor } from './rows.ts'
import { booksService, mirrorService, type ServiceName, salesOf, serviceNames, tillService, type World } from './scenario.ts'
import { Scheduler } from './scheduler.ts'
import type { FaultRates, SimulatedProcess, Weather } from './simulated-process.ts'

/** What a seed came to. */
export interface SeedResult {
  readonly seed: number
  readonly store: 'memory' | 'sqlite'
  readonly events: number
  /** Invariants that do not hold. */
  readonly verdicts: readonly Verdict[]
  /** Everything that happened and was reported. */
  readonly recorder: Recorder
}

const salesPerRun = 24
const stormMs = 600_000
const drainMs = 900_000

/** Runs one seed: a storm of faults while sales are made, then calm until everything has drained, then the checks. */
export async function runSeed(seed: number, store: 'memory' | 'sqlite'): Promise<SeedResult> {
  const next = seeded(seed)
  const scheduler = new Scheduler()
  const recorder = new Recorder(() => scheduler.nowMs)
  const weather: Weather = { rates: stormOf(next) }
  const world: World = { failures: new Map(), order: 0 }
  const quiet = { info: () => {}, warn: () => {}, error: () => {} }
  const outside: Runtime = { clock: scheduler.clock, random: seededRandom(seed + 7), logger: quiet }
  const place = new Place(store, outside)
  const serviceOf = (name: ServiceName, process: SimulatedProcess): Service => {
    if (name === 'till') return tillService()
    return name === 'books' ? booksService(world, process.runtime) : mirrorService(world, process.runtime)
  }
  const twoOf = (name: ServiceName): readonly Instance[] => {
    const shared = {
      scheduler,
      weather,
      next,
      openLog: (process: SimulatedProcess) => place.openLogFor(process),
      database: databaseFor(place.databaseOf(name)),
      service: (process: SimulatedProcess) => serviceOf(name, process),
      recorder,
    }
    return [1, 2].map((number) => new Instance({ ...shared, name: `${name}-${number}` }))
  }
  const instances = new Map(serviceNames.map((name) => [name, twoOf(name)]))
  try {
    for (const group of instances.values()) for (const instance of group) instance.start()
    const sales = salesOf(salesPerRun, next)
    const unfinished = await drive({ scheduler, weather, sales, next, instances, stormMs, drainMs })
    const log = place.openLog(outside)
    const left = inVirtualTime(scheduler, async () => {
      const events = await readAll(log)
      await log.close()
      return { events, ...(await remainsOf(place, outside)) }
    })
    const { events, ...remains } = await left
    const verdicts = checkRun({ history: recorder.history, sales, unfinished, events, ...remains })
    return { seed, store, events: events.length, verdicts, recorder }
  } finally {
    await place.remove()
  }
}

/** How bad the weather is differs from seed to seed, and some faults do not come at all. */
function stormOf(next: () => number): FaultRates {
  const rate = (most: number): number => (next() < 0.3 ? 0 : next() * most)
  return {
    crash: rate(0.004),
    pause: rate(0.002),
    unavailable: rate(0.02),
    unknown: rate(0.03),
    conflict: rate(0.05),
    broken: rate(0.005),
    repeat: rate(0.1),
    lostRing: rate(0.5),
  }
}

async function inVirtualTime<R>(scheduler: Scheduler, work: () => Promise<R>): Promise<R> {
  let isDone = false
  const result = work().finally(() => {
    isDone = true
  })
  result.catch(() => {})
  await scheduler.runUntil(() => isDone, 3_600_000)
  return result
}
