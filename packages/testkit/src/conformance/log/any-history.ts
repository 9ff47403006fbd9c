import assert from 'node:assert/strict'
import type { NewEvent, Position, StoredEvent } from '@tidings/core'
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
      if (model.refuses(events)) await trial.fails(trial.log.append(events), 'LOG_EVENT_ID_REUSED', 'an append')
      else model.append(trial, events, await trial.append(events))
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
        assert.ok(upTo >= query.after, 'upTo is below after')
        assert.ok(upTo > query.after || query.after >= model.last, 'upTo does not move')
        if (!trial.log.capabilities.skipsPositions) assert.ok(upTo <= Math.max(query.after, model.last), 'upTo is past the end')
      },
  )

const end: fc.Arbitrary<Step> = fc.constant(async (trial, model) => {
  await trial.until('the log is sealed', async () => (await trial.log.sealed()) >= model.last)
  if (!trial.log.capabilities.skipsPositions) assert.equal(await trial.log.sealed(), model.last)
})

/** The log as a plain list. */
class Model {
  readonly events: StoredEvent[] = []

  get last(): Position {
    return this.events.at(-1)?.position ?? 0
  }

  /** Whether an append of these events must be refused. */
  refuses(events: readonly NewEvent[]): boolean {
    const isReused = events.some((event) => {
      const known = this.#find(event)
      return known !== undefined && (known.type !== event.type || known.data !== event.data)
    })
    return isReused || new Set(events.map(({ id }) => id)).size < events.length
  }

  /** Fails unless the answer is what it must be: the first position of what was there, the next ones for what is new. */
  append(trial: LogTrial, events: readonly NewEvent[], answer: readonly Position[]): void {
    const known = events.map((event) => this.#find(event))
    const isNew = known.map((found) => found === undefined)
    assert.deepEqual(
      answer.filter((_, i) => !isNew[i]),
      known.flatMap((found) => found?.position ?? []),
    )
    trial.areNext(
      answer.filter((_, i) => isNew[i]),
      this.last,
      'what is new does not come next',
    )
    for (const [i, event] of events.entries()) if (isNew[i]) this.events.push({ ...event, position: answer[i] ?? 0 })
  }

  #find({ id }: NewEvent): StoredEvent | undefined {
    return this.events.find((event) => event.id === id)
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
            assert.deepEqual(await trial.contents(trial.log, model.last), model.events)
          }),
        ),
        { numRuns: 40 },
      ),
  },
]
