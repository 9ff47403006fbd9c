import { isDeepStrictEqual } from 'node:util'
import type { Instance } from './instance.ts'
import { type Sale, type ServiceName, serviceNames, type World } from './scenario.ts'
import type { Scheduler } from './scheduler.ts'
import { calm, type Weather } from './simulated-process.ts'

/** What is driven, and for how long. */
export interface DriveOptions {
  readonly scheduler: Scheduler
  readonly weather: Weather
  readonly world: World
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

/** Rebuilds, replays, redrives and restarts now and then while everything runs. */
async function operate({ scheduler, next, instances }: DriveOptions, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await scheduler.sleep(200 + next() * 3_000)
    if (isOver()) return
    const name = next() < 0.5 ? 'mirror' : 'books'
    const group = instances.get(name) ?? []
    const instance = group[Math.floor(next() * group.length)]
    const consumer = instance?.system?.consumer(name)
    const choice = next()
    const ignore = (): void => {}
    if (choice < 0.25) void instance?.restart().catch(ignore)
    else if (consumer === undefined) continue
    else if (choice < 0.45 && name === 'mirror') void consumer.rebuild('sales').catch(ignore)
    else if (choice < 0.6 && name === 'mirror') void consumer.rebuild('copy books.booked').catch(ignore)
    else if (choice < 0.75 && name === 'mirror') void consumer.replay().catch(ignore)
    else void consumer.redrive({ type: 'till.sold' }).catch(ignore)
  }
}

async function drain(options: DriveOptions): Promise<void> {
  const { world, instances } = options
  await settleAll(options)
  world.isMended = true
  const books = (await up(options, 'books')).consumer('books')
  for (let parked = await books.parked(); parked.length > 0; parked = await books.parked()) {
    await books.redrive()
    for (const { event } of parked.filter(({ state, event }) => state === 'parked' && event.data.includes('hopeless'))) {
      await books.discard({ eventId: event.id }, { reason: 'hopeless' })
    }
  }
  await settleAll(options)
  for (const group of instances.values()) for (const instance of group) await instance.stop()
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
