import { systemRuntime } from '@tidings/core'
import { expect, test } from 'vitest'
import { answeredWithin } from './answered-within.ts'
import { classifyError } from './classify-error.ts'

test('a call that never settles ends with an unknown outcome', async () => {
  const error: unknown = await answeredWithin(systemRuntime, 5, new Promise(() => {})).catch((thrown: unknown) => thrown)
  expect(classifyError(error)).toBe('unknown')
})

test('a call that settles in time is what it is', async () => {
  expect(await answeredWithin(systemRuntime, 60_000, Promise.resolve(7))).toBe(7)
  await expect(answeredWithin(systemRuntime, 60_000, Promise.reject(new Error('no')))).rejects.toThrow('no')
})
