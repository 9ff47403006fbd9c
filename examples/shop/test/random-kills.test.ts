import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { compare } from '../src/demo/compare.ts'
import { expectedOf } from '../src/demo/expected.ts'
import { placeOrders } from '../src/demo/place-orders.ts'
import { type Purchase, readPurchases } from '../src/demo/read-purchases.ts'
import { originOf } from '../src/demo/service-process.ts'
import { shopProcesses } from '../src/demo/shop-processes.ts'
import { waitUntilSettled } from '../src/demo/wait-until-settled.ts'
import { serviceNames } from '../src/shop.ts'
import { freePorts } from './free-ports.ts'

/** The same numbers in [0, 1) for the same seed (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Purchases of customers who come back, in nine months. */
function inventedPurchases(count: number, random: () => number): Purchase[] {
  return Array.from({ length: count }, (_, index) => ({
    row: index + 1,
    date: `1997-0${1 + Math.floor(random() * 9)}-28`,
    customerId: `c${Math.floor(random() * 90)}`,
    quantity: 1,
    totalCents: Math.floor(random() * 10_000),
  }))
}

// SHOP_SEED repeats the choices of an earlier run; SHOP_FILE plays a file of purchases, for as long as that takes.
const seed = Number(process.env.SHOP_SEED ?? randomInt(2 ** 31))
const file = process.env.SHOP_FILE

test(`services killed at any moment and in any order, and started again, lose nothing and double nothing (SHOP_SEED=${seed})`, {
  timeout: file === undefined ? 120_000 : 3_600_000,
}, async () => {
  console.log(`SHOP_SEED=${seed}`)
  const random = numbersOf(seed)
  const purchases = file === undefined ? inventedPurchases(700, random) : await readPurchases(file)
  const place = { directory: await mkdtemp(join(tmpdir(), 'shop-kills-')), firstPort: await freePorts() }
  {
    await using processes = shopProcesses(place)
    for (const name of serviceNames) processes.start(name)
    await Promise.all(serviceNames.map((name) => processes.of(name).ready()))

    let isPlacing = true
    const placing = placeOrders(purchases, {
      origin: originOf('orders', place),
      inFlight: 16,
      patienceMs: 60_000,
      onPlaced: () => {},
    }).finally(() => {
      isPlacing = false
    })
    let kills = 0
    const killing = async (): Promise<void> => {
      // At least one of each, should the orders be quick.
      while (isPlacing || kills < serviceNames.length) {
        await sleep(random() * 400)
        const name = serviceNames[kills < serviceNames.length ? kills : Math.floor(random() * serviceNames.length)]
        if (name === undefined) continue
        await processes.of(name).end('SIGKILL')
        await sleep(random() * 200)
        processes.start(name)
        kills++
        // A service that never gets past its start would show nothing.
        if (random() < 0.7) await processes.of(name).ready()
      }
    }
    await Promise.all([placing, killing()])
    await Promise.all(serviceNames.map((name) => processes.of(name).ready()))
    await waitUntilSettled(purchases.length, (service) => originOf(service, place), { patienceMs: 15_000 })

    const { differences } = await compare(expectedOf(purchases), (service) => originOf(service, place))
    console.log(`${purchases.length} orders, ${kills} kills`)
    expect(differences).toEqual([])
    expect(kills).toBeGreaterThanOrEqual(serviceNames.length)
  }
  await rm(place.directory, { recursive: true, force: true })
})
