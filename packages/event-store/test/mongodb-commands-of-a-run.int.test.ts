import { command, defineContract, defineEvent, defineService, query, type Service } from '@tidings/core'
import { createSystem, type System } from '@tidings/event-store'
import { mongodbDatabase as databaseOn, mongodbEventLog } from '@tidings/event-store/mongodb'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'
import { shapeOf, shapesOfLog } from './mongodb-command-shapes.ts'
import { recordingRuntime } from './notes.ts'
import type { Sent } from './open-mongodb-log.ts'

const Paid = defineEvent('tills.paid', {
  version: 1,
  schema: z.object({ till: z.string(), cents: z.number() }),
  key: ({ till }) => till,
})
const tills = defineContract('tills', {
  events: { Paid },
  operations: {
    pay: command({ input: z.object({ till: z.string(), cents: z.number() }), output: z.object({}) }),
  },
})
const sums = defineContract('sums', {
  operations: { ofTill: query({ input: z.object({ till: z.string() }), output: z.object({ cents: z.number(), last: z.number() }) }) },
})

/** Every command that the library may send while services work. A ledger's rows and instances are found by their ids, or between two. */
const allowed = new Set([
  ...shapesOfLog,
  // rows and instances: by their ids, between two of them, or by the index of signs of life
  'find tidings_ledger {_id: equal}',
  'find tidings_ledger {_id: $in}',
  'find tidings_ledger {_id: $gte,$lt}',
  'find tidings_ledger {_id: $gte,$lt; $or: equal}',
  'update tidings_ledger {_id: equal}',
  'delete tidings_ledger {_id: $in}',
  'delete tidings_ledger {_id: $gte,$lt}',
  'find tidings_instances {seen: $gte,$lt}',
  'update tidings_instances {_id: equal; ended: $exists}',
  'delete tidings_instances {_id: equal}',
  'commitTransaction',
  'abortTransaction',
  // at start, once: what the server can do and the user may, and what is missing is made
  'hello',
  'connectionStatus',
  'find tidings {_id: equal}',
  'listCollections {name: equal}',
  'create events',
  'createIndexes events',
  'insert tidings_log',
  'create tidings_ledger',
  'create tidings_instances',
  'createIndexes tidings_instances',
])

/** A run of services on MongoDB, and what the library sent meanwhile. */
class Run {
  readonly sent: Sent[] = []
  readonly #urls = { log: mongodbDatabase(), tills: mongodbDatabase(), sums: mongodbDatabase() }
  isMended = false

  async start(fields: readonly ('till' | 'cents')[]): Promise<System> {
    const eventStore = mongodbEventLog({ ...this.#server('log'), holeTimeoutMs: 20, pollMs: 20 })
    const { runtime } = recordingRuntime()
    const system = createSystem({ services: [this.#tills(), this.#sums(fields)], eventStore, runtime })
    onTestFinished(() => system.stop())
    await system.start()
    return system
  }

  #server(name: 'log' | 'tills' | 'sums') {
    return {
      url: this.#urls[name],
      onCommand: ({ commandName, command }: { commandName: string; command: object }) =>
        void this.sent.push({ ...command, name: commandName }),
    }
  }

  #tills(): Service<typeof tills> {
    return defineService(tills, { database: databaseOn({ ...this.#server('tills'), collections: { payments: {} } }) }).implement({
      pay: async (payment, ctx) => {
        await ctx.db.collection('payments').insertOne({ ...payment })
        await ctx.publish('Paid', payment)
        if (payment.cents < 0) throw new Error('refused')
        return {}
      },
    })
  }

  #sums(fields: readonly ('till' | 'cents')[]): Service<typeof sums> {
    const database = databaseOn({ ...this.#server('sums'), collections: { sums: {} } })
    return defineService(sums, { database, consumer: { retry: { attempts: 2, baseMs: 1, maxMs: 2 } } })
      .copy(Paid.pick(...fields), { into: 'last' })
      .on(
        Paid,
        async ({ till, cents }, ctx) => {
          if (till === 'bad' && !this.isMended) throw new Error('not now')
          await ctx.db.collection<{ _id: string; cents: number }>('sums').updateOne({ _id: till }, { $inc: { cents } }, { upsert: true })
        },
        { from: 'beginning' },
      )
      .implement({
        ofTill: async ({ till }, ctx) => ({
          cents: (await ctx.db.collection<{ _id: string; cents: number }>('sums').findOne({ _id: till }))?.cents ?? 0,
          last: (await ctx.copies.last.find({ till } as object)).length,
        }),
      })
  }
}

describeOnMongodb('services on MongoDB', () => {
  test('send no command that is not bounded by an index on both sides: log, ledgers, consumers and copies', async () => {
    const run = new Run()
    const first = await run.start(['till'])
    const pay = async (system: System, till: string, cents: number, idempotencyKey?: string): Promise<unknown> =>
      (system.call('tills') as unknown as { pay(input: object, options?: object): Promise<unknown> }).pay(
        { till, cents },
        idempotencyKey === undefined ? {} : { idempotencyKey },
      )
    await Promise.all(['a', 'b', 'bad', 'bad'].map((till) => pay(first, till, 5)))
    for (let i = 0; i < 2; i++) await pay(first, 'a', 7, 'once')
    await expect(pay(first, 'a', -1)).rejects.toThrow()
    await first.settled()
    const consumer = first.consumer('sums')
    expect(await consumer.parked()).toHaveLength(2)
    await consumer.redrive()
    run.isMended = true
    await consumer.redrive({ key: 'bad' })
    await consumer.replay({ dryRun: true })
    await consumer.rebuild('last')
    await consumer.status()
    await first.settled()
    await first.stop()
    // Other fields of the copy: it is built anew beside the one that serves.
    const second = await run.start(['till', 'cents'])
    await pay(second, 'a', 1)
    await second.settled()
    const reader = second.call('sums') as unknown as { ofTill(input: object): Promise<unknown> }
    expect(await reader.ofTill({ till: 'a' })).toEqual({ cents: 13, last: 1 })
    await second.stop()
    const own = run.sent.filter((one) => isOurs(one))
    const shapes = new Set(own.map(shapeOf))
    expect([...shapes].filter((shape) => !allowed.has(shape))).toEqual([])
    // A run in which little happened would prove little.
    const few = ['find events {_id: $gt,$lte}', 'find tidings_ledger {_id: $gte,$lt; $or: equal}', 'delete tidings_ledger {_id: $in}']
    for (const shape of [...few, 'abortTransaction', 'delete tidings_instances {_id: equal}']) expect(shapes).toContain(shape)
  })
})

/** Whether the library asks for it, and not a handler. */
function isOurs({ name, ...command }: Sent): boolean {
  const collection = name === 'getMore' ? command.collection : command[name]
  return !['payments', 'sums'].includes(collection)
}
