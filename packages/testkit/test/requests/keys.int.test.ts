import { CommandStillRunning, IdempotencyKeyReused, isFailure } from '@tidings/core'
import { describe, expect, test } from 'vitest'
import { back, Chain, front as frontContract } from './chain.ts'
import { HandClock } from './hand-clock.ts'
import { modes } from './modes.ts'
import { rejection } from './rejection.ts'

const once = { idempotencyKey: 'k' }

describe.each(modes)('%s', (_, run) => {
  test('the same key and input get the same answer, and nothing runs again', async () => {
    const chain = new Chain()
    const { front } = await run(chain)
    expect(await front.act({ what: 'x' }, once)).toEqual({ acts: 1 })
    expect(await front.act({ what: 'x' }, once)).toEqual({ acts: 1 })
    expect(chain.begun).toEqual(['front.act', 'middle.act', 'back.act'])
  })

  test('the same key with another input is refused where it is asked, as such', async () => {
    const chain = new Chain()
    chain.front.act = async ({ what }, ctx) => ctx.call.back.act({ what }, once)
    const { front, call } = await run(chain)
    await call(back).act({ what: 'x' }, once)
    expect(await rejection(call(back).act({ what: 'y' }, once))).toBeInstanceOf(IdempotencyKeyReused)
    // Of another caller it is another key.
    expect(await front.act({ what: 'y' })).toEqual({ acts: 2 })
    const error = await rejection(front.act({ what: 'z' }))
    expect(error).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'DEPENDENCY_FAILED', retryable: false })
    expect(chain.begun.filter((one) => one === 'back.act')).toHaveLength(2)
  })

  test('a key that comes again while its command runs waits for the answer', async () => {
    const chain = new Chain()
    const going = Promise.withResolvers<void>()
    const { act } = chain.back
    chain.back.act = async (input, ctx) => {
      await going.promise
      return act(input, ctx)
    }
    const { front } = await run(chain)
    const answers = Promise.all([front.act({ what: 'x' }, once), front.act({ what: 'x' }, once), front.act({ what: 'x' }, once)])
    await expect.poll(() => chain.begun).toContain('back.act')
    going.resolve()
    expect(await answers).toEqual([{ acts: 1 }, { acts: 1 }, { acts: 1 }])
    expect(chain.begun).toEqual(['front.act', 'middle.act', 'back.act'])
  })

  test('one that waits for longer than it may is told that the command still runs, and when to come again', async () => {
    const clock = new HandClock()
    const chain = new Chain()
    chain.back.act = () => new Promise<never>(() => {})
    const { url, front } = await run(chain, { clock })
    const first = rejection(front.act({ what: 'x' }, once))
    await expect.poll(() => chain.begun).toContain('back.act')
    const second = rejection(front.act({ what: 'x' }, { ...once, timeoutMs: 500 }))
    await new Promise((resolve) => setImmediate(resolve))
    clock.move(450)
    const error = await second
    expect(error).toBeInstanceOf(CommandStillRunning)
    expect(error).toMatchObject({ retryable: true, retryAfterMs: 1_000 })
    expect(url).toMatch(/^http:/)
    clock.move(2_000)
    await first
  })

  test('a handler that runs again repeats no call that it made before', async () => {
    const chain = new Chain()
    let runs = 0
    const { act } = chain.front
    chain.front.act = async (input, ctx) => {
      await ctx.call.back.act(input)
      await ctx.call.back.act(input)
      const { acts } = await act(input, ctx)
      if (runs++ === 0) throw new Error('killed here')
      return { acts }
    }
    const { front, call } = await run(chain)
    expect(await rejection(front.act({ what: 'x' }, once))).toMatchObject({ remoteCode: 'INTERNAL' })
    expect(await front.act({ what: 'x' }, once)).toEqual({ acts: 1 })
    // Twice by itself, once through the middle, and now.
    expect(await call(back).act({ what: 'y' })).toEqual({ acts: 4 })
  })

  test('an error of the contract keeps no answer, so the same key may succeed later', async () => {
    const chain = new Chain()
    const { act } = chain.front
    chain.front.act = async ({ what }, ctx) => ctx.fail('Refused', { what })
    const { front } = await run(chain)
    const error = await rejection(front.act({ what: 'x' }, once))
    expect(isFailure(error, frontContract, 'act', 'Refused') && error.detail).toEqual({ what: 'x' })
    chain.front.act = act
    expect(await front.act({ what: 'x' }, once)).toEqual({ acts: 1 })
  })
})
