import { CommitOutcomeUnknown, command, defineContract, defineEvent, defineService, type Ledger, type ServiceDatabase } from '@tidings/core'
import { MemoryDatabase, type MemoryHandle, memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { runOnMemory } from './ticks.ts'

const Ordered = defineEvent('kiosk.ordered', { version: 1, schema: z.object({ what: z.string() }), key: (order) => order.what })
const kiosk = defineContract('kiosk', {
  events: { Ordered },
  operations: { order: command({ input: z.object({ what: z.string() }), output: z.object({}) }) },
})

/** A database whose next commit of an answer is lost together with what it wrote, once `meanwhile` is over. */
function losing(database: ServiceDatabase<MemoryHandle>, meanwhile: () => Promise<unknown>): ServiceDatabase<MemoryHandle> {
  let isArmed = true
  return {
    open: async (context) => {
      const ledger = await database.open(context)
      const transaction: Ledger<MemoryHandle>['transaction'] = async (work, signal) => {
        let answers = false
        const lost = new Error('lost')
        try {
          return await ledger.transaction(async (tx) => {
            const put: typeof tx.put = (table, rows) => {
              answers ||= isArmed && table === 'answers'
              return tx.put(table, rows)
            }
            const watched = new Proxy(tx, { get: (target, name) => (name === 'put' ? put : bound(target, name)) })
            const result = await work(watched)
            if (answers) throw lost
            return result
          }, signal)
        } catch (error) {
          if (error !== lost) throw error
          isArmed = false
          await meanwhile()
          throw new CommitOutcomeUnknown({ database: 'kiosk' })
        }
      }
      return new Proxy(ledger, { get: (target, name) => (name === 'transaction' ? transaction : bound(target, name)) })
    },
  }
}

function bound(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target)
  return typeof member === 'function' ? member.bind(target) : member
}

test('a command whose commit was lost publishes nothing, when another instance has answered its key meanwhile', async () => {
  const log = memoryEventLog()
  const shared = new MemoryDatabase()
  const served = (database: ServiceDatabase<MemoryHandle>) =>
    defineService(kiosk, { database }).implement({
      order: async (order, ctx) => {
        await ctx.publish('Ordered', order)
        return {}
      },
    })
  const options = { idempotencyKey: 'once' }
  type Orders = { order(input: { what: string }, options: object): Promise<unknown> }
  const other = await runOnMemory([served(memory({ shared }))], log)
  const otherClient = other.call('kiosk') as unknown as Orders
  const system = await runOnMemory([served(losing(memory({ shared }), () => otherClient.order({ what: 'tea' }, options)))], log)
  const client = system.call('kiosk') as unknown as Orders
  expect(await client.order({ what: 'tea' }, options)).toEqual({})
  await other.settled()
  await system.settled()
  expect(await log.sealed()).toBe(1)
})
