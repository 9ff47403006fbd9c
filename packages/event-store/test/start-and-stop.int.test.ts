import { defineContract, defineService, type RequestServer, type ServiceDatabase } from '@tidings/core'
import { createSystem, SystemNotRunning } from '@tidings/event-store'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'

/** Databases of services named so, which say what is opened and closed. */
function watched(names: readonly string[], onOpen: (name: string) => void = () => {}) {
  const open = new Set<string>()
  const databases: Record<string, ServiceDatabase> = Object.fromEntries(
    names.map((name) => [
      name,
      {
        open: async (context) => {
          onOpen(name)
          const ledger = await memory().open(context)
          open.add(name)
          const close = async (): Promise<void> => {
            await ledger.close()
            open.delete(name)
          }
          return new Proxy(ledger, {
            get: (target, member) => {
              if (member === 'close') return close
              const found: unknown = Reflect.get(target, member, target)
              return typeof found === 'function' ? found.bind(target) : found
            },
          })
        },
      } satisfies ServiceDatabase,
    ]),
  )
  return { open, databases }
}

const services = ['one', 'two'].map((name) => defineService(defineContract(name, {})).implement({}))

test('a system that is stopped while it starts leaves nothing open, and takes no request', async () => {
  const serving: string[] = []
  const server: RequestServer = { start: async () => void serving.push('start'), stop: async () => void serving.push('stop') }
  let stopped: Promise<void> | undefined
  const { open, databases } = watched(['one', 'two'], (name) => {
    if (name === 'two') stopped = system.stop()
  })
  const system = createSystem({ services, eventStore: memoryEventLog(), databases, server })
  await expect(system.start()).rejects.toBeInstanceOf(SystemNotRunning)
  await stopped
  expect([...open]).toEqual([])
  expect(serving.at(-1)).not.toBe('start')
})

test('a system that was stopped does not start', async () => {
  const { open, databases } = watched(['one', 'two'])
  const system = createSystem({ services, eventStore: memoryEventLog(), databases })
  await system.stop()
  await expect(system.start()).rejects.toBeInstanceOf(SystemNotRunning)
  expect([...open]).toEqual([])
})

test('a system that was never started closes the log that it was given', async () => {
  const log = memoryEventLog()
  const system = createSystem({ services, eventStore: log, databases: watched(['one', 'two']).databases })
  await system.stop()
  await expect(log.sealed()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
})

test('a part that cannot be stopped keeps nothing else from being closed, and its error is told', async () => {
  const { open, databases } = watched(['one', 'two'])
  const server: RequestServer = {
    start: async () => {},
    stop: async () => {
      throw new Error('stuck')
    },
  }
  const log = memoryEventLog()
  const system = createSystem({ services, eventStore: log, databases, server })
  await system.start()
  await expect(system.stop()).rejects.toThrow('stuck')
  expect([...open]).toEqual([])
  await expect(log.sealed()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
})
