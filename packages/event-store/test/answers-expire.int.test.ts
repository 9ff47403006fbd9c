import { command, defineContract, defineService, type Ledger, type Runtime, type ServiceDatabase, systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { recordingRuntime } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const dayMs = 24 * 60 * 60 * 1_000
const kiosk = defineContract('kiosk', {
  operations: { sell: command({ input: z.object({ item: z.string() }), output: z.object({ sale: z.number() }) }) },
})

/** A kiosk whose clock the test sets and whose every command clears away what has expired. */
async function openKiosk(database: ServiceDatabase) {
  let ahead = 0
  let chance = 0
  const runtime: Runtime = {
    ...recordingRuntime().runtime,
    clock: { ...systemRuntime.clock, now: () => systemRuntime.clock.now() + ahead },
    random: { ...systemRuntime.random, next: () => chance },
  }
  let ledger: Ledger | undefined
  let sales = 0
  const service = defineService(kiosk, {
    database: {
      open: async (context) => {
        ledger = await database.open(context)
        return ledger
      },
    },
  }).implement({ sell: async () => ({ sale: ++sales }) })
  const system = createSystem({ services: [service], eventStore: memoryEventLog(), directory: await temporaryDirectory(), runtime })
  onTestFinished(() => system.stop())
  await system.start()
  const rowsOf = async (table: string): Promise<number> =>
    (await ledger?.read((reader) => reader.scan(table, { limit: 10_000 })))?.length ?? 0
  return {
    sell: async (idempotencyKey: string) => (await system.call('kiosk').sell({ item: 'tea' }, { idempotencyKey })).sale,
    later: (ms: number) => {
      ahead += ms
    },
    setChance: (next: number) => {
      chance = next
    },
    kept: async () => ({ answers: await rowsOf('answers'), expiries: await rowsOf('answer_expiries') }),
  }
}

const databases: [string, () => ServiceDatabase][] = [
  ['memory', () => memory()],
  ['SQLite', () => sqlite()],
]

test.each(databases)(
  'on %s answers that have expired are cleared away by later commands, a bounded number by each',
  async (_, database) => {
    const { sell, later, kept } = await openKiosk(database())
    for (let i = 0; i < 100; i++) await sell(`old ${i}`)
    expect(await kept()).toEqual({ answers: 100, expiries: 100 })
    later(dayMs / 2)
    await sell('in between')
    expect(await kept()).toEqual({ answers: 101, expiries: 101 })
    later(dayMs / 2 + 1_000)
    await sell('new 1')
    expect(await kept()).toEqual({ answers: 38, expiries: 38 })
    await sell('new 2')
    expect(await kept()).toEqual({ answers: 3, expiries: 3 })
    expect([await sell('in between'), await sell('new 1'), await sell('old 0')]).toEqual([101, 102, 104])
  },
)

test.each(databases)(
  'on %s a key that is used again after its answer has expired keeps the new answer for its own time',
  async (_, database) => {
    const { sell, later, kept, setChance } = await openKiosk(database())
    expect(await sell('a')).toBe(1)
    later(dayMs + 1_000)
    // This one clears nothing, so the row that says when the first answer expires is still there.
    setChance(0.999)
    expect(await sell('a')).toBe(2)
    expect(await kept()).toEqual({ answers: 1, expiries: 2 })
    setChance(0)
    expect(await sell('b')).toBe(3)
    expect(await kept()).toEqual({ answers: 2, expiries: 2 })
    expect(await sell('a')).toBe(2)
  },
)
