import { createHash } from 'node:crypto'
import type { Service } from '@tidings/core'
import { seeded } from '../seeded.ts'
import { checkRun } from './check-run.ts'
import { CheckpointWatch } from './checkpoint-watch.ts'
import { drive } from './drive.ts'
import { Instance } from './instance.ts'
import { Place } from './place.ts'
import { readAll, remainsOf } from './remains.ts'
import { databaseFor } from './rows.ts'
import { booksService, mirrorService, salesOf, tillService, type World } from './scenario.ts'
import { Scheduler } from './scheduler.ts'
import type { FaultRates, SimulatedProcess, Weather } from './simulated-process.ts'

/** What a seed came to. */
export interface SeedResult {
  readonly seed: number
  readonly store: 'memory' | 'sqlite'
  readonly events: number
  /** The same for the same seed. */
  readonly digest: string
  readonly faults: readonly string[]
  /** Everything that was reported, in order; kept only when asked for. */
  readonly trace: readonly string[]
}

const salesPerRun = 24
const stormMs = 600_000
const drainMs = 900_000

/** Runs one seed: a storm of faults while sales are made, then calm until everything has drained, then the checks. */
export async function runSeed(seed: number, store: 'memory' | 'sqlite', keepTrace = false): Promise<SeedResult> {
  const next = seeded(seed)
  const scheduler = new Scheduler()
  const digest = createHash('sha256')
  const trace: string[] = []
  const record = (line: string): void => {
    const stamped = `${scheduler.nowMs.toFixed(3)} ${line}`
    digest.update(`${stamped}\n`)
    if (keepTrace) trace.push(stamped)
  }
  const weather: Weather = { rates: stormOf(next) }
  const world: World = { failures: [], isMended: false, redriving: 0, order: 0 }
  const place = new Place(store)
  const log = place.openLog(scheduler, seed)
  const watches: CheckpointWatch[] = []
  const twoOf = (name: 'till' | 'books' | 'mirror', service: (process: SimulatedProcess) => Service): readonly Instance[] => {
    const watch = new CheckpointWatch(name)
    watches.push(watch)
    const database = databaseFor(place.databaseOf(name))
    const onAppended = (events: readonly { readonly id: string }[]): void => record(`append ${events.map(({ id }) => id).join(' ')}`)
    const shared = { scheduler, weather, next, log, database, service, record, onAppended }
    return [1, 2].map((number) => new Instance({ ...shared, name: `${name}-${number}`, onCommit: (rows) => watch.commit(rows, record) }))
  }
  const instances = new Map([
    ['till', twoOf('till', () => tillService())],
    ['books', twoOf('books', (process) => booksService(world, process.runtime, () => `${process.name} ${process.laneStops}`))],
    ['mirror', twoOf('mirror', (process) => mirrorService(world, process.runtime))],
  ] as const)
  try {
    for (const group of instances.values()) for (const instance of group) instance.start()
    const sales = salesOf(salesPerRun, next)
    const faults = [...(await drive({ scheduler, weather, world, sales, next, instances, stormMs, drainMs }))]
    let events = 0
    if (faults.length === 0) {
      const stored = await inVirtualTime(scheduler, async () => ({ events: await readAll(log), ...(await remainsOf(place, scheduler)) }))
      events = stored.events.length
      faults.push(...checkRun({ sales, failures: world.failures, ...stored }), ...watches.flatMap((watch) => watch.faults))
    }
    return { seed, store, events, digest: digest.digest('hex'), faults, trace }
  } finally {
    await inVirtualTime(scheduler, () => log.close())
    place.remove()
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
