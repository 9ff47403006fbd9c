import { expect, test } from 'vitest'
import { systemRuntime } from './system-runtime.ts'

test('a sleep that is aborted rejects with the reason of its signal', async () => {
  const controller = new AbortController()
  const sleeping = systemRuntime.clock.sleep(60_000, controller.signal)
  controller.abort(new Error('enough'))
  await expect(sleeping).rejects.toThrow('enough')
})

test('a sleep under a signal that was aborted before rejects at once', async () => {
  await expect(systemRuntime.clock.sleep(60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
})

test('a sleep longer than a timer can hold does not end at once', async () => {
  const controller = new AbortController()
  const sleeping = systemRuntime.clock.sleep(2 ** 40, controller.signal).then(
    () => 'woke',
    () => 'aborted',
  )
  await systemRuntime.clock.sleep(20)
  controller.abort()
  expect(await sleeping).toBe('aborted')
})

test('a sleep of 0 ends after the current turn of the event loop', async () => {
  const order: string[] = []
  const sleeping = systemRuntime.clock.sleep(0).then(() => order.push('slept'))
  await Promise.resolve().then(() => order.push('microtask'))
  await sleeping
  expect(order).toEqual(['microtask', 'slept'])
})

test('random bytes fill a buffer of their own', () => {
  const bytes = systemRuntime.random.bytes(16)
  expect(bytes.byteOffset).toBe(0)
  expect(bytes.buffer.byteLength).toBe(16)
  expect(systemRuntime.random.next()).toBeLessThan(1)
})

test('no random bytes are given twice, nor changed once they are given', () => {
  const first = systemRuntime.random.bytes(16)
  const copy = Uint8Array.from(first)
  const seen = new Set(Array.from({ length: 2_000 }, () => Buffer.from(systemRuntime.random.bytes(16)).toString('hex')))
  expect(seen.size).toBe(2_000)
  expect(first).toEqual(copy)
  expect(systemRuntime.random.bytes(10_000)).toHaveLength(10_000)
})
