import { EventEmitter } from 'node:events'
import { command, defineContract, defineEvent, defineService, type Logger, systemRuntime } from '@tidings/core'
import { createSystem, runSystem, type SignalledProcess, StopTimedOut, type System } from '@tidings/event-store'
import { type MemoryHandle, memory, memoryEventLog } from '@tidings/event-store/memory'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { HandClock } from '../requests/hand-clock.ts'

const schema = z.object({ orderId: z.string() })
const Placed = defineEvent('orders.placed', { version: 1, schema, key: ({ orderId }) => orderId })
const place = command({ input: schema, output: schema, timeoutMs: 60_000 })
const orders = defineContract('orders', { events: { Placed }, operations: { place } })

const never = () => new Promise<never>(() => {})
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A process that a test signals, and that says how it was ended. */
function fakeProcess() {
  const signals = new EventEmitter()
  const codes: number[] = []
  const process: SignalledProcess = {
    on: (signal, hear) => signals.on(signal, hear),
    off: (signal, hear) => signals.off(signal, hear),
    exit: (code) => codes.push(code),
  }
  const listening = (): number => signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT')
  return { process, codes, listening, signal: (name: NodeJS.Signals) => signals.emit(name, name) }
}

/** A system of one service, whose handlers do what the test says, on a clock that the test moves. */
function running(does: { placing?: (orderId: string, db: MemoryHandle) => Promise<void>; reacting?: () => Promise<void> } = {}) {
  const clock = new HandClock()
  const lines: string[] = []
  const line = (message: string): void => void lines.push(message)
  const logger: Logger = { info: line, warn: line, error: line }
  const runtime = { ...systemRuntime, clock, logger }
  const begun: string[] = []
  const service = defineService(orders, { database: memory() })
    .on(Placed, async ({ orderId }) => {
      begun.push(`reaction to ${orderId}`)
      await does.reacting?.()
    })
    .implement({
      place: async ({ orderId }, ctx) => {
        begun.push(orderId)
        await does.placing?.(orderId, ctx.db)
        await ctx.publish('Placed', { orderId })
        return { orderId }
      },
    })
  const log = memoryEventLog()
  const system = createSystem({ services: [service], eventStore: log, runtime, stopMs: 8_000 })
  return { system, clock, lines, begun, runtime, log }
}

describe('the first signal stops, and a second one', () => {
  test.each([
    ['that follows within a second is the same key press', 999, []],
    ['after a second ends the process at once', 1_000, [1]],
  ])('%s', async (_, afterMs, expected) => {
    const going = Promise.withResolvers<void>()
    const { system, clock, lines, begun, runtime } = running({ placing: () => going.promise })
    const { process, codes, listening, signal } = fakeProcess()
    const started = Promise.withResolvers<void>()
    const ended = runSystem(system, { process, runtime, onStarted: started.resolve })
    await started.promise
    const placing = system.call('orders').place({ orderId: 'a' })
    await expect.poll(() => begun).toEqual(['a'])
    signal('SIGINT')
    // A terminal signals the whole group, and a package manager passes that on.
    signal('SIGTERM')
    clock.move(afterMs)
    signal('SIGINT')
    expect(codes).toEqual(expected)
    if (expected.length > 0)
      expect(lines).toContainEqual(expect.stringMatching(/another SIGINT came\. Left: orders\.place \(running for 1/))
    going.resolve()
    await placing
    await ended
    expect(codes).toEqual(expected)
    expect(listening()).toBe(0)
  })
})

test('a signal that comes while it starts ends it cleanly, and a start that fails is told', async () => {
  const { system, runtime } = running()
  const { process, codes, signal } = fakeProcess()
  const ended = runSystem(system, { process, runtime })
  signal('SIGTERM')
  await ended
  expect(codes).toEqual([])

  const failing: Pick<System, 'start' | 'stop' | 'unfinished'> = {
    start: () => Promise.reject(new Error('no disk')),
    stop: async () => {},
    unfinished: () => [],
  }
  const other = fakeProcess()
  await expect(runSystem(failing, { process: other.process, runtime })).rejects.toThrow('no disk')
  expect(other.listening()).toBe(0)
})

test('it may be stopped otherwise than by a signal', async () => {
  const { system, runtime } = running()
  const until = new AbortController()
  await runSystem(system, { process: fakeProcess().process, runtime, until: until.signal, onStarted: () => until.abort() })
  expect(system.readiness()).toMatchObject({ ready: false })
})

test('what is in hand comes to its end, with its event in the log, and nothing new begins', async () => {
  const going = Promise.withResolvers<void>()
  const { system, begun, log } = running({ placing: () => going.promise })
  await system.start()
  const { place: call } = system.call('orders')
  const placing = call({ orderId: 'a' })
  await expect.poll(() => begun).toEqual(['a'])
  let sealed = 0
  log.onAdvance(() => sealed++)
  const stopped = system.stop()
  await expect(call({ orderId: 'b' })).rejects.toMatchObject({ code: 'SYSTEM_NOT_RUNNING' })
  expect(system.readiness()).toMatchObject({ ready: false, reasons: ['the system is stopping'] })
  expect(system.unfinished()).toEqual([expect.stringContaining('orders.place (running for')])
  going.resolve()
  expect(await placing).toEqual({ orderId: 'a' })
  await stopped
  expect(sealed).toBeGreaterThan(0)
  expect(begun).not.toContain('b')
  expect(system.unfinished()).toEqual([])
})

test('handlers that hang are cut off and rolled back at the deadline, which is told, and all is closed', async () => {
  const { system, clock, begun, log } = running({ placing: (orderId) => (orderId === 'a' ? Promise.resolve() : never()), reacting: never })
  await system.start()
  const { place: call } = system.call('orders')
  await call({ orderId: 'a' })
  const hanging = call({ orderId: 'b' }).catch((error: unknown) => error)
  await expect.poll(() => begun).toEqual(expect.arrayContaining(['b', 'reaction to a']))
  let settled = false
  const stopped = system.stop().catch((error: unknown) => {
    settled = true
    return error
  })
  clock.move(7_999)
  await turn()
  expect(settled).toBe(false)
  clock.move(1)
  const error = await stopped
  expect(error).toBeInstanceOf(StopTimedOut)
  expect(error).toMatchObject({
    code: 'SYSTEM_STOP_TIMED_OUT',
    timeoutMs: 8_000,
    cutOff: [expect.stringContaining('orders.place (running for 8'), expect.stringContaining('orders at position 1 (for 8')],
    open: [],
  })
  expect(await hanging).toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  await expect(log.sealed()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
})

test('what cannot be closed is named after a second more, and the process is ended', async () => {
  const { system, clock, log, lines, runtime } = running()
  const { process, codes, signal } = fakeProcess()
  log.close = never
  const started = Promise.withResolvers<void>()
  const ended = runSystem(system, { process, runtime, onStarted: started.resolve })
  await started.promise
  signal('SIGTERM')
  for (let turns = 0; turns < 50; turns++) await turn()
  clock.move(8_000)
  await turn()
  expect(codes).toEqual([])
  clock.move(1_000)
  await ended
  expect(codes).toEqual([1])
  expect(lines.at(-1)).toMatch(/did not come to its end within 8000 ms\. Not closed: the event log\. No event is lost/)
})

test('requests are still taken for as long as they are drained', async () => {
  const clock = new HandClock()
  const taken: string[] = []
  const server = {
    start: async () => void taken.push('start'),
    stop: async () => void taken.push('stop'),
  }
  const runtime = { ...systemRuntime, clock }
  const system = createSystem({ services: [], eventStore: memoryEventLog(), server, runtime, drainMs: 5_000 })
  await system.start()
  const stopped = system.stop()
  clock.move(4_999)
  await turn()
  expect(taken).toEqual(['start'])
  expect(system.readiness()).toMatchObject({ ready: false, reasons: ['the system is stopping'] })
  clock.move(1)
  await stopped
  expect(taken).toEqual(['start', 'stop'])
})
