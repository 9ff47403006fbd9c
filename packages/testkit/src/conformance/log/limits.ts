import assert from 'node:assert/strict'
import type { NewEvent } from '@tidings/core'
import { anEvent, someEvents } from './an-event.ts'
import { type LogCase, LogTrial } from './log-trial.ts'

const levels = (count: number): string => `${'['.repeat(count)}${']'.repeat(count)}`

/** Events that are poison to whoever reads them: each breaks one rule. */
const poison: Readonly<Record<string, readonly unknown[]>> = {
  id: [undefined, null, 5, '', 'x', '0198B5AB-2F6E-7D7A-9E5C-3C1A6C1F0A11', '0198b5ab-2f6e-7d7a-9e5c-3c1a6c1f0a11 '],
  type: [undefined, null, 5, '', 'a\u0000b', '\ud800', 'x'.repeat(100_000)],
  version: [undefined, null, 0, -1, 1.5, '1', Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1n],
  key: [undefined, null, 5, '', 'a\nb', '\udfff', 'x'.repeat(100_000), {}],
  service: [undefined, null, 5, '', 'a\u0007'],
  time: [undefined, null, 5, '', 'yesterday', '2026-01-02', '2026-13-01T00:00:00Z', '2026-01-02T03:04:05+01:00', new Date(0)],
  correlationId: [undefined, null, 5, '', 'a\u0000b', '\ud800'],
  causationId: [null, 5, {}, 'a\u0000b', '\ud800'],
  traceparent: [null, 5, {}, 'a\u0000b', '\ud800'],
  headers: [undefined, null, 5, 'x', [], ['x'], new Map([['a', 'b']]), { a: 5 }, { a: undefined }, { a: '\ud800' }, { '\ud800': 'a' }],
  encoding: [undefined, null, 5, ''],
  data: [undefined, null, 5, { a: 1 }, '', '{', '{"a":1}{', 'NaN', 'undefined', '"\ud800"', "{'a':1}", '[1,]', '\ufeff{}', '"\u0000"'],
  fieldOfTomorrow: [
    Number.NaN,
    2 ** 53,
    1n,
    '\ud800',
    [undefined],
    new Date(0),
    () => {},
    Symbol('x'),
    new Map(),
    JSON.parse('{"__proto__":1}'),
  ],
}

/** What no log takes. */
export const limits: readonly LogCase[] = [
  {
    name: 'an append has 1 to 1,000 events; others are refused and nothing is written',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.refused([], 'LOG_EVENT_INVALID', 'no event')
        await trial.refused(someEvents(1_001), 'LOG_EVENT_TOO_LARGE', '1,001 events')
        const positions = await trial.append(someEvents(1_000))
        assert.equal(positions.at(-1), 1_000)
      }),
  },
  {
    name: 'an event has at most 1 MiB, in UTF-8, in whatever field; a larger one is refused and nothing is written',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const most = 1_048_576
        for (const [what, event] of Object.entries({
          data: anEvent({ data: `"${'x'.repeat(most)}"` }),
          'data of two bytes a character': anEvent({ data: `"${'é'.repeat(most / 2)}"` }),
          headers: anEvent({ headers: { a: 'x'.repeat(most) } }),
          'a name of a header': anEvent({ headers: { ['x'.repeat(most)]: 'a' } }),
          'a field of tomorrow': anEvent({ fieldOfTomorrow: 'x'.repeat(most) }),
          correlationId: anEvent({ correlationId: 'x'.repeat(most) }),
          '100 MB': anEvent({ data: `"${'x'.repeat(100_000_000)}"` }),
        }))
          await trial.refused([event], 'LOG_EVENT_TOO_LARGE', what)
        assert.deepEqual(await trial.append([anEvent({ data: `"${'x'.repeat(most - 2_000)}"` })]), [1])
      }),
  },
  {
    name: 'data has at most 64 levels; deeper data is refused and nothing is written',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        for (const count of [65, 100_000]) await trial.refused([anEvent({ data: levels(count) })], 'LOG_EVENT_TOO_LARGE', `${count} levels`)
        await trial.append([anEvent({ data: levels(64) }), anEvent({ data: JSON.stringify(levels(1_000)) })])
      }),
  },
  {
    name: 'an event that would be poison to its readers is refused, and nothing is written',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        for (const [field, values] of Object.entries(poison)) {
          for (const value of values) {
            const event: NewEvent = { ...anEvent(), [field]: value }
            await trial.refused([event], 'LOG_EVENT_INVALID', `${field} ${describe(value)}`)
          }
        }
        assert.deepEqual(await trial.append([anEvent()]), [1])
      }),
  },
]

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : String(value)
}
