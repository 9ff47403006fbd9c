import { isDeepStrictEqual } from 'node:util'
import type { Instance } from './instance.ts'
import { type Sale, type ServiceName, serviceNames } from './scenario.ts'
import type { Scheduler } from './scheduler.ts'
import { calm, type Weather } from './simulated-process.ts'

/** What is driven, and for how long. */
export interface DriveOptions {
  readonly scheduler: Scheduler
  readonly weather: Weather
  readonly sales: readonly Sale[]
  readonly next: () => number
  readonly instances: ReadonlyMap<ServiceName, readonly Instance[]>
  /** Virtual milliseconds that the sales may take. */
  readonly stormMs: number
  /** Virtual milliseconds that the drain may take. */
  readonly drainMs: number
}

const customers = 4
const answerMs = 5_000

/**
 * Makes the sales through whichever instance is up, with an operator at work beside; then, in calm weather, drains everything
 * and stops it.
 *
 * @returns What did not end in time.
 */
export async function drive(options: DriveOptions): Promise<readonly string[]> {
  const { scheduler, weather, sales, instances } = options
  let isSold = false
  let next = 0
  const customer = async (): Promise<void> => {
    for (let sale = sales[next++]; sale !== undefined; sale = sales[next++]) await sell(options, sale)
  }
  void Promise.all(Array.from({ length: customers }, customer)).then(() => {
    isSold = true
  })
  void operate(options, () => isSold)
  void workOffParked(options, () => isSold)
  const faults: string[] = []
  if (!(await scheduler.runUntil(() => isSold, options.stormMs))) faults.push('the sales were not made in time')
  weather.rates = calm
  for (const group of instances.values()) for (const instance of group) instance.resume()
  if (faults.length > 0) return faults
  let isDrained = false
  let failed: unknown
  void drain(options).then(
    () => {
      isDrained = true
    },
    (error: unknown) => {
      failed = error
      isDrained = true
    },
  )
  if (!(await scheduler.runUntil(() => isDrained, options.drainMs))) return ['nothing drained, or nothing stopped, in time']
  return failed === undefined ? [] : [`the drain failed: ${failed instanceof Error ? failed.message : String(failed)}`]
}

/** Asks for one sale until it is answered; the key makes the repetition harmless. A sale that must fail is tried twice. */
async function sell({ scheduler, next, instances }: DriveOptions, sale: Sale): Promise<void> {
  const tills = instances.get('till') ?? []
  for (let failures = 0; failures < 2; ) {
    await scheduler.sleep(next() * 300)
    const system = tills[Math.floor(next() * tills.length)]?.system
    if (system === undefined) continue
    const client = system.call('till') as unknown as {
      sell(sale: Sale, options: { idempotencyKey: string; timeoutMs: number }): Promise<unknown>
    }
    const answer = client.sell(sale, { idempotencyKey: sale.saleId, timeoutMs: 4_000 }).then(
      () => 'sold',
      (error: { remoteCode?: string }) => error.remoteCode ?? 'unknown',
    )
    // A process that died never answers: its caller gives up, as a client whose connection broke does.
    const outcome = await Promise.race([answer, scheduler.sleep(answerMs).then(() => 'no answer')])
    if (outcome === 'sold') return
    if (sale.fails && outcome === 'INTERNAL') failures++
  }
}

/** Rebuilds, replays and restarts now and then while everything runs. */
async function operate({ scheduler, next, instances }: DriveOptions, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await scheduler.sleep(200 + next() * 3_000)
    if (isOver()) return
    const name = next() < 0.7 ? 'mirror' : 'books'
    const group = instances.get(name) ?? []
    const instance = group[Math.floor(next() * group.length)]
    const consumer = instance?.system?.consumer(name)
    const choice = next()
    if (choice < 0.3) void instance?.restart().catch(ignore)
    else if (consumer === undefined || name === 'books') continue
    else if (choice < 0.55) void consumer.rebuild('sales').catch(ignore)
    else if (choice < 0.8) void consumer.rebuild('copy books.booked').catch(ignore)
    else void consumer.replay().catch(ignore)
  }
}

/** Redrives what the books have parked, whole or in parts, and gives some of it up, while more of it comes. */
async function workOffParked({ scheduler, next, instances }: DriveOptions, isOver: () => boolean): Promise<void> {
  const group = instances.get('books') ?? []
  while (!isOver()) {
    await scheduler.sleep(next() * 150)
    const books = group[Math.floor(next() * group.length)]?.system?.consumer('books')
    const choice = next()
    const parked = books === undefined ? undefined : await answerOf(scheduler, books.parked())
    if (isOver() || books === undefined || parked === undefined || parked.length === 0) continue
    const one = parked[Math.floor(next() * parked.length)]?.event
    if (choice < 0.3) void books.redrive().catch(ignore)
    else if (one === undefined || choice < 0.5) void books.redrive({ type: 'till.sold' }).catch(ignore)
    else if (choice < 0.7) void books.redrive({ key: one.key }).catch(ignore)
    else if (choice < 0.9) void books.redrive({ eventId: one.id }).catch(ignore)
    else if (isHopeless(one)) void books.discard({ eventId: one.id }, { reason: 'hopeless' }).catch(ignore)
  }
}

function ignore(): void {}

function isHopeless({ data }: { readonly data: string }): boolean {
  return data.includes('hopeless')
}

/** Undefined when none comes in time: the process has died. */
async function answerOf<T>(scheduler: Scheduler, answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer.catch(() => undefined), scheduler.sleep(answerMs).then(() => undefined)])
}

async function drain(options: DriveOptions): Promise<void> {
  await settleAll(options)
  const books = (await up(options, 'books')).consumer('books')
  for (let parked = await books.parked(); parked.length > 0; parked = await books.parked()) {
    await books.redrive()
    for (const { event } of parked.filter(({ state, event }) => state === 'parked' && isHopeless(event)))
      await books.discard({ eventId: event.id }, { reason: 'hopeless' })
  }
  // Ends only once every instance of the mirror has made up for whatever rebuild was under way.
  await (await up(options, 'mirror')).consumer('mirror').rebuild('copy books.booked')
  await settleAll(options)
  for (const group of options.instances.values()) for (const instance of group) await instance.stop()
}

async function settleAll(options: DriveOptions): Promise<void> {
  for (let before: unknown; ; ) {
    const statuses: unknown[] = []
    for (const name of serviceNames) {
      for (const instance of options.instances.get(name) ?? []) {
        await untilUp(options.scheduler, instance)
        await instance.system?.settled({ timeoutMs: 300_000 })
      }
      const system = await up(options, name)
      statuses.push((await system.consumer(name).status()).handledUpTo)
    }
    if (isDeepStrictEqual(statuses, before)) return
    before = statuses
  }
}

async function up(options: DriveOptions, name: ServiceName): Promise<NonNullable<Instance['system']>> {
  const instance = options.instances.get(name)?.[0]
  if (instance === undefined) throw new Error(`There is no instance of ${name}.`)
  await untilUp(options.scheduler, instance)
  const { system } = instance
  if (system === undefined) throw new Error(`${name} is not up.`)
  return system
}

async function untilUp(scheduler: Scheduler, instance: Instance): Promise<void> {
  while (instance.system === undefined) await scheduler.sleep(10)
}
