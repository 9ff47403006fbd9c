import assert from 'node:assert/strict'
import type { NewEvent, StoredEvent } from '@tidings/core'
import * as fc from 'fast-check'
import { anEvent } from './an-event.ts'
import { type LogCase, LogTrial } from './log-trial.ts'

/** Few of each, so that steps meet. */
const ids = Array.from({ length: 12 }, (_, i) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`)
const types = ['a.one', 'a.two', 'a.three']

type Step = (trial: LogTrial, model: Model) => Promise<void>

/** Mostly the same for the same id, so that the log grows and most repetitions are fair ones. */
const given = fc
  .record({
    number: fc.nat({ max: ids.length - 1 }),
    isReused: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 19),
    headers: fc.constantFrom<Record<string, string>[]>({}, { a: 'b' }),
  })
  .map(({ number, isReused, headers }) => {
    const type = types[number % types.length] ?? ''
    return anEvent({ id: ids[number] ?? '', type, data: isReused ? '{"é":[]}' : String(number), headers })
  })

const several = fc.oneof(
  { weight: 9, arbitrary: fc.uniqueArray(given, { minLength: 1, maxLength: 5, selector: ({ id }) => id }) },
  { weight: 1, arbitrary: fc.array(given, { minLength: 1, maxLength: 5 }) },
)

const append = several.map(
  (events): Step =>
    async (trial, model) => {
      const expected = model.append(events)
      if (expected === undefined) await trial.fails(trial.log.append(events), 'LOG_EVENT_ID_REUSED', 'an append')
      else assert.deepEqual(await trial.append(events), expected)
    },
)

const read = fc
  .record(
    { after: fc.nat({ max: 13 }), limit: fc.constantFrom(1, 2, 3, 10_000), types: fc.subarray([...types, 'a.none']) },
    { requiredKeys: ['after', 'limit'] },
  )
  .map(
    (query): Step =>
      async (trial, model) => {
        const { events, upTo } = await trial.log.read(query)
        const wanted = model.events.filter(({ type }) => query.types === undefined || query.types.includes(type))
        assert.deepEqual(
          events,
          wanted.filter(({ position }) => position > query.after && position <= upTo),
        )
        assert.ok(events.length <= query.limit)
        assert.ok(upTo >= query.after && upTo <= Math.max(query.after, model.events.length))
        assert.ok(upTo > query.after || query.after >= model.events.length, 'upTo does not move')
      },
  )

const end: fc.Arbitrary<Step> = fc.constant(async (trial, model) => {
  await trial.until('the log is sealed', async () => (await trial.log.sealed()) === model.events.length)
})

/** The log as a plain list. */
class Model {
  readonly events: StoredEvent[] = []

  /** The positions, or undefined where the append must be refused. */
  append(events: readonly NewEvent[]): number[] | undefined {
    const known = events.map(({ id }) => this.events.find((event) => event.id === id))
    const isReused = known.some((found, i) => found !== undefined && (found.type !== events[i]?.type || found.data !== events[i]?.data))
    if (isReused || new Set(events.map(({ id }) => id)).size < events.length) return undefined
    return events.map((event, i) => known[i]?.position ?? this.events.push({ ...event, position: this.events.length + 1 }))
  }
}

/** Any appends and reads, compared with a list. */
export const anyHistory: readonly LogCase[] = [
  {
    name: 'whatever is appended and read in whatever order, the log answers as a list would',
    run: (subject) =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(append, read, end), { minLength: 1, maxLength: 30, size: 'max' }), (steps) =>
          LogTrial.run(subject, async (trial) => {
            const model = new Model()
            for (const step of steps) await step(trial, model)
            assert.deepEqual(await trial.contents(trial.log, model.events.length), model.events)
          }),
        ),
        { numRuns: 40 },
      ),
  },
]
