import { isFailure, OperationFailed, RequestFailed, ServiceUnavailable } from '@tidings/core'
import { describe, expect, test } from 'vitest'
import { back, Chain } from './chain.ts'
import { modes } from './modes.ts'
import { rejection } from './rejection.ts'

describe.each(modes)('%s', (_, run) => {
  test('an error of the contract arrives as what it is, with its facts, and is no news for the log', async () => {
    const chain = new Chain()
    chain.back.ask = async (_input, ctx) => ctx.fail('NotFound', { what: 'nothing' })
    chain.front.ask = async (input, ctx) => {
      const error = await rejection(ctx.call.back.ask(input))
      expect(error).toBeInstanceOf(OperationFailed)
      return { text: isFailure(error, back, 'ask', 'NotFound') ? error.detail.what : 'another error' }
    }
    const { front, errors } = await run(chain)
    expect(await front.ask({ what: 'x' })).toEqual({ text: 'nothing' })
    expect(errors).toEqual([])
  })

  test('everything else arrives as a failed request with its code and whether to repeat it, without its text', async () => {
    const chain = new Chain()
    chain.back.ask = async () => {
      throw new Error('secret of /var/lib at line 1')
    }
    const seen: unknown[] = []
    chain.front.ask = async (input, ctx) => {
      seen.push(await rejection(ctx.call.back.ask(input)))
      return { text: '' }
    }
    const { front, errors } = await run(chain)
    await front.ask({ what: 'x' })
    expect(seen[0]).toBeInstanceOf(RequestFailed)
    expect(seen[0]).toMatchObject({ service: 'back', operation: 'ask', remoteCode: 'INTERNAL', retryable: false })
    expect(`${String(seen[0])}${JSON.stringify(seen[0])}`).not.toContain('secret')
    expect(errors).toEqual([expect.stringContaining('secret')])
  })

  test('an output that breaks its contract is the fault of the callee, whose log tells where', async () => {
    const chain = new Chain()
    chain.back.ask = async () => ({ text: 4711 }) as never
    const seen: unknown[] = []
    chain.front.ask = async (input, ctx) => {
      seen.push(await rejection(ctx.call.back.ask(input)))
      return { text: '' }
    }
    const { front, errors } = await run(chain)
    await front.ask({ what: 'x' })
    expect(seen[0]).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'OUTPUT_INVALID', retryable: false })
    expect(String(seen[0])).not.toContain('4711')
    expect(errors).toEqual([expect.stringMatching(/back\.ask failed.*text:/)])
  })

  test.each([
    ['of a wrong type', { what: 7 }, 'what'],
    ['with a field that nobody knows', { what: 'x', colour: 'red' }, 'colour'],
    ['that JSON would change', { what: 'x', at: new Date(0) }, 'at'],
  ])('an input %s is refused with the path of its fault, and runs nothing', async (_case, input, path) => {
    const chain = new Chain()
    const seen: unknown[] = []
    chain.front.ask = async (_input, ctx) => {
      seen.push(await rejection(ctx.call.back.ask(input as never)))
      return { text: '' }
    }
    const { front } = await run(chain)
    await front.ask({ what: 'x' })
    expect(seen[0]).toMatchObject({ code: 'CONTRACT_VIOLATION', faults: [{ path }] })
    expect(chain.begun).toEqual(['front.ask'])
  })

  test('a public client learns of a failure behind it as a problem, with when to come back, and no more', async () => {
    const chain = new Chain()
    chain.back.ask = () => {
      throw new ServiceUnavailable({ service: 'back', reason: 'secret', retryAfterMs: 3_000 })
    }
    const { url } = await run(chain)
    const response = await fetch(`${url}/front/x`)
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(response.headers.get('retry-after')).toBe('3')
    const text = await response.text()
    expect(text).not.toMatch(/secret|back|stack|\.ts/)
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'DEPENDENCY_FAILED' })
  })
})
