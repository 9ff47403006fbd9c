import { type RequestPolicyOptions, requestPolicy, StoreUnavailable, systemRuntime } from '@tidings/core'
import { describe, expect, test } from 'vitest'
import { Chain } from './chain.ts'
import { HandClock } from './hand-clock.ts'
import { modes } from './modes.ts'
import { rejection } from './rejection.ts'

const never = () => new Promise<never>(() => {})
const away = async () => {
  throw new StoreUnavailable({ store: 'orders.db', reason: 'the disk is gone' })
}

/** A clock that the test moves, and a policy whose waits take no time. */
function atOnce(options: RequestPolicyOptions = {}) {
  const clock = new HandClock()
  const runtime = { clock, random: { ...systemRuntime.random, next: () => 0 } }
  return { clock, policy: () => requestPolicy({ runtime, ...options }) }
}

describe.each(modes)('%s', (_, run) => {
  test('a query that failed for the moment is asked again, and its caller sees nothing of it', async () => {
    const { clock, policy } = atOnce()
    const chain = new Chain()
    const { ask } = chain.back
    let asked = 0
    chain.back.ask = (input, ctx) => (asked++ === 0 ? away() : ask(input, ctx))
    const { front } = await run(chain, { clock, policy })
    expect(await front.ask({ what: 'x' })).toEqual({ text: 'x' })
    expect(chain.begun).toEqual(['front.ask', 'middle.ask', 'back.ask', 'back.ask'])
  })

  test('a command that failed for the moment is repeated under the key of its handler, and takes effect once', async () => {
    const { clock, policy } = atOnce()
    const chain = new Chain()
    let asked = 0
    chain.back.act = async (input, ctx) => {
      const kept = await chain.keep(input, ctx)
      return asked++ === 0 ? away() : kept
    }
    const { front } = await run(chain, { clock, policy })
    expect(await front.act({ what: 'x' })).toEqual({ acts: 1 })
    expect(await front.act({ what: 'y' })).toEqual({ acts: 2 })
    expect(asked).toBe(3)
  })

  test('repetitions do not multiply from service to service', async () => {
    const { clock, policy } = atOnce()
    const chain = new Chain()
    chain.back.ask = away
    const { front } = await run(chain, { clock, policy })
    expect(await rejection(front.ask({ what: 'x' }))).toMatchObject({ remoteCode: 'DEPENDENCY_FAILED', retryable: true })
    expect(chain.begun.filter((one) => one === 'back.ask').length).toBeLessThanOrEqual(4)
    expect(chain.begun.filter((one) => one === 'middle.ask')).toHaveLength(1)
  })

  test('of 200 calls to a service that mostly fails at most 20 are repeated', async () => {
    const { clock, policy } = atOnce()
    const chain = new Chain()
    const { ask } = chain.back
    let asked = 0
    // Never five failures in a row, so the breaker stays out of it.
    chain.back.ask = (input, ctx) => (asked++ % 5 === 0 ? ask(input, ctx) : away())
    const { front } = await run(chain, { clock, policy })
    for (let call = 0; call < 200; call++) await front.ask({ what: 'x' }).catch(() => {})
    expect(asked).toBeGreaterThan(200)
    expect(asked).toBeLessThanOrEqual(220)
  })

  test('after five failures in a row nobody asks for five seconds; then one asks, and all go on when it is back', async () => {
    const { clock, policy } = atOnce({ retries: 0 })
    const chain = new Chain()
    const { ask } = chain.back
    chain.back.ask = away
    const { front, errors } = await run(chain, { clock, policy })
    const asked = (): number => chain.begun.filter((one) => one === 'back.ask').length
    for (let call = 0; call < 8; call++)
      expect(await rejection(front.ask({ what: 'x' }))).toMatchObject({ remoteCode: 'DEPENDENCY_FAILED' })
    expect(asked()).toBe(5)
    expect(errors.at(-2)).toMatch(/back is unavailable.*Repeat the request after 5000 ms/)
    clock.move(4_999)
    await rejection(front.ask({ what: 'x' }))
    expect(asked()).toBe(5)
    clock.move(1)
    chain.back.ask = ask
    expect(await front.ask({ what: 'x' })).toEqual({ text: 'x' })
    expect(await front.ask({ what: 'y' })).toEqual({ text: 'y' })
  })

  test('an outage stays local: who is asked about something else answers as ever', async () => {
    const { clock, policy } = atOnce({ retries: 0 })
    const chain = new Chain()
    chain.back.ask = never
    chain.front.act = async (_input, ctx) => {
      await ctx.call.middle.other({})
      return { acts: 0 }
    }
    const { front } = await run(chain, { clock, policy })
    for (let call = 1; call <= 12; call++) {
      const calling = rejection(front.ask({ what: 'x' }))
      // The breaker for the back opens; that for the middle must not, since the middle does its work.
      await expect.poll(() => chain.begun.filter((one) => one === 'middle.ask').length).toBe(call)
      await expect.poll(() => chain.begun.filter((one) => one === 'back.ask').length).toBe(Math.min(call, 5))
      clock.move(call <= 5 ? 1_900 : 0)
      expect(await calling).toMatchObject({ remoteCode: 'DEPENDENCY_FAILED' })
    }
    expect(await front.act({ what: 'x' })).toEqual({ acts: 0 })
  })

  test('errors of the contract and refused inputs do not open the breaker', async () => {
    const chain = new Chain()
    chain.back.ask = async ({ what }, ctx) => ctx.fail('NotFound', { what })
    chain.middle.ask = async (input, ctx) => {
      const wrong = { what: 7 } as never
      if (input.what === 'wrong') await ctx.call.back.ask(wrong)
      return ctx.call.back.ask(input)
    }
    const { front } = await run(chain)
    for (let call = 0; call < 20; call++) {
      expect(await rejection(front.ask({ what: call % 2 === 0 ? 'x' : 'wrong' }))).toMatchObject({
        remoteCode: expect.stringMatching(/^(DEPENDENCY_FAILED|INTERNAL)$/),
      })
    }
    chain.back.ask = async ({ what: text }) => ({ text })
    expect(await front.ask({ what: 'x' })).toEqual({ text: 'x' })
  })

  test('a service that hangs holds as many calls as it may, and further ones end at once', async () => {
    const { clock, policy } = atOnce({ maxInFlight: 3, maxWaiting: 2 })
    const chain = new Chain()
    chain.back.ask = never
    chain.front.ask = (input, ctx) => ctx.call.back.ask(input)
    const { front, errors } = await run(chain, { clock, policy })
    const calls = Array.from({ length: 9 }, () => rejection(front.ask({ what: 'x' })))
    await expect.poll(() => chain.begun.filter((one) => one === 'back.ask').length).toBe(3)
    await expect.poll(() => errors.length).toBe(4)
    for (const error of errors) expect(error).toContain('as many requests to it as this process allows')
    clock.move(1_950)
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ remoteCode: 'DEPENDENCY_FAILED' })
    expect(chain.begun.filter((one) => one === 'back.ask')).toHaveLength(3)
  })
})
