import { type OperationRequest, type RequestPolicy, requestPolicy, systemRuntime } from '@tidings/core'
import { describe, expect, test } from 'vitest'
import { Chain, middle } from './chain.ts'
import { HandClock } from './hand-clock.ts'
import { modes } from './modes.ts'
import { rejection } from './rejection.ts'

const never = () => new Promise<never>(() => {})

/** Resolves with the reason once a handler's signal is aborted. */
function abortion(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
}

/** A policy that writes down what was sent. */
function recordingPolicy(clock: HandClock): { readonly sent: OperationRequest[]; readonly policy: () => RequestPolicy } {
  const sent: OperationRequest[] = []
  const policy = (): RequestPolicy => {
    const inner = requestPolicy({ runtime: { ...systemRuntime, clock } })
    return {
      run: (call, send) =>
        inner.run(call, (request, signal) => {
          sent.push(request)
          return send(request, signal)
        }),
    }
  }
  return { sent, policy }
}

describe.each(modes)('%s', (_, run) => {
  test('a call that is never answered ends after 2 s, a little before those that wait for it, which tell of it', async () => {
    const clock = new HandClock()
    const chain = new Chain()
    chain.back.ask = never
    const { front, errors } = await run(chain, { clock })
    let settled: unknown
    const calling = rejection(front.ask({ what: 'x' })).then((error) => (settled = error))
    await expect.poll(() => chain.begun).toEqual(['front.ask', 'middle.ask', 'back.ask'])
    clock.move(1_899)
    await new Promise((resolve) => setImmediate(resolve))
    expect(settled).toBeUndefined()
    clock.move(1)
    await calling
    expect(settled).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'DEPENDENCY_FAILED', retryable: true })
    expect(errors.join('\n')).toContain('back.ask gave no answer within 1900 ms')
  })

  test('the time that is left shrinks on each hop, by what was used and by what is kept to tell of a failure', async () => {
    const clock = new HandClock()
    const { sent, policy } = recordingPolicy(clock)
    const chain = new Chain()
    const { ask } = chain.middle
    chain.middle.ask = async (input, ctx) => {
      clock.move(500)
      return ask(input, ctx)
    }
    const { front } = await run(chain, { clock, policy })
    await front.ask({ what: 'x' })
    expect(sent.map(({ service, timeoutMs }) => [service, timeoutMs])).toEqual([
      ['middle', 1_950],
      ['back', 1_400],
    ])
  })

  test('a call cannot take more time than its handler has, whatever it asks for', async () => {
    const clock = new HandClock()
    const { sent, policy } = recordingPolicy(clock)
    const chain = new Chain()
    chain.middle.ask = (input, ctx) => ctx.call.back.ask(input, { timeoutMs: 60_000 })
    const { front } = await run(chain, { clock, policy })
    await front.ask({ what: 'x' }, { timeoutMs: 200 })
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([180, 162])
  })

  test('a callee is not asked when the time is over already', async () => {
    const clock = new HandClock()
    const chain = new Chain()
    const { ask } = chain.middle
    chain.middle.ask = async (input, ctx) => {
      clock.move(1_949)
      return ask(input, ctx)
    }
    const { front } = await run(chain, { clock })
    expect(await rejection(front.ask({ what: 'x' }))).toMatchObject({ code: 'REQUEST_FAILED' })
    expect(chain.begun).not.toContain('back.ask')
  })

  test('a command that waited for its turn until its time was over is not begun', async () => {
    const clock = new HandClock()
    const chain = new Chain()
    const first = Promise.withResolvers<never>()
    chain.back.act = () => first.promise
    const { call } = await run(chain, { clock })
    const program = call(middle)
    const options = { idempotencyKey: 'k' }
    const one = rejection(program.act({ what: 'x' }, { ...options, timeoutMs: 2_000 }))
    await expect.poll(() => chain.begun).toEqual(['middle.act', 'back.act'])
    const two = rejection(program.act({ what: 'x' }, { ...options, timeoutMs: 1_000 }))
    await new Promise((resolve) => setImmediate(resolve))
    clock.move(1_000)
    expect(await two).toMatchObject({ code: expect.stringMatching(/COMMAND_STILL_RUNNING|REQUEST_TIMED_OUT/) })
    first.reject(new Error('no'))
    await one
    expect(chain.begun).toEqual(['middle.act', 'back.act'])
  })

  test('a caller who gives up is heard three services deep', async () => {
    const chain = new Chain()
    const heard = Promise.withResolvers<unknown>()
    chain.back.ask = (_input, ctx) => {
      abortion(ctx.signal).then(heard.resolve)
      return never()
    }
    const { front } = await run(chain)
    const leaving = new AbortController()
    const calling = rejection(front.ask({ what: 'x' }, { signal: leaving.signal, timeoutMs: 60_000 }))
    await expect.poll(() => chain.begun).toContain('back.ask')
    leaving.abort(new Error('gone'))
    expect(await calling).toMatchObject({ message: 'gone' })
    await heard.promise
  })

  test('a client who drops the connection is heard three services deep, and what was begun is rolled back', async () => {
    const chain = new Chain()
    const heard = Promise.withResolvers<unknown>()
    const { act } = chain.front
    const { keep } = chain
    chain.back.act = async (input, ctx) => {
      await keep(input, ctx)
      abortion(ctx.signal).then(heard.resolve)
      return never()
    }
    const { url, front, errors } = await run(chain)
    const leaving = new AbortController()
    const calling = fetch(`${url}/front/act`, {
      method: 'POST',
      body: '{"what":"x"}',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k', 'tidings-timeout-ms': '60000' },
      signal: leaving.signal,
    }).catch(() => 'left')
    await expect.poll(() => chain.begun).toContain('back.act')
    leaving.abort()
    expect(await calling).toBe('left')
    await heard.promise
    chain.back.act = keep
    chain.front.act = act
    expect(await front.act({ what: 'x' })).toEqual({ acts: 1 })
    expect(errors).toEqual([])
  })

  test('a call whose time is over is heard three services deep', async () => {
    const clock = new HandClock()
    const chain = new Chain()
    const heard = Promise.withResolvers<unknown>()
    chain.back.ask = (_input, ctx) => {
      abortion(ctx.signal).then(heard.resolve)
      return never()
    }
    const { front } = await run(chain, { clock })
    const calling = rejection(front.ask({ what: 'x' }))
    await expect.poll(() => chain.begun).toContain('back.ask')
    clock.move(1_900)
    await heard.promise
    await calling
  })
})
