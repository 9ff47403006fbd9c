import assert from 'node:assert/strict'
import type { Position, StoredEvent } from '@tidings/core'
import { anEvent, someEvents } from './an-event.ts'
import { type LogCase, LogTrial } from './log-trial.ts'

const mixed = ['a.one', 'a.two', 'a.one', 'a.three', 'a.three', 'a.three', 'a.one', 'a.three', 'a.three', 'a.two', 'a.three']

/** What a read answers. */
export const reading: readonly LogCase[] = [
  {
    name: 'a read answers the events after a position, in order, at most as many as asked for',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append(someEvents(25))
        const contents = await trial.contents(trial.log, 25)
        for (const after of [0, 1, 9, 24, 25]) {
          for (const limit of [1, 2, 10, 25, 10_000]) {
            const stretch = await trial.log.read({ after, limit })
            assert.deepEqual(stretch.events, contents.slice(after, after + Math.min(limit, stretch.events.length)))
            assert.ok(stretch.events.length > 0 || after === 25, `nothing was read after ${after}`)
            assert.equal(stretch.upTo, stretch.events.at(-1)?.position ?? after)
          }
        }
      }),
  },
  {
    name: 'a read by types answers all events of these types up to upTo, and no others',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        for (let i = 0; i < 10; i++) await trial.append(mixed.map((type) => anEvent({ type })))
        const all = await trial.contents(trial.log, 110)
        for (const types of [['a.one'], ['a.two', 'a.one'], ['a.three', 'a.three', 'a.none'], ['a.none'], ['a.two', 'a.one', 'a.three']]) {
          const wanted = all.filter(({ type }) => types.includes(type))
          for (const limit of [1, 3, 10, 1_000]) {
            const found: StoredEvent[] = []
            await follow(trial, 110, limit, types, (events, after, end) => {
              assert.deepEqual(
                events,
                wanted.filter(({ position }) => position > after && position <= end),
                `${types.join()} after ${after}, ${limit} at most, up to ${end}`,
              )
              found.push(...events)
            })
            assert.deepEqual(found, wanted)
          }
        }
      }),
  },
  {
    name: 'upTo passes events of types that are not wanted, up to the end of the log',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append([anEvent({ type: 'a.rare' }), ...someEvents(500)])
        await trial.contents(trial.log, 501)
        for (const types of [['a.rare'], ['a.none'], []]) {
          let reads = 0
          await follow(trial, 501, 10, types, (events) => {
            reads++
            if (types[0] !== 'a.rare') assert.deepEqual(events, [])
          })
          assert.ok(reads < 60, `it took ${reads} reads to pass 500 events that nobody wants`)
        }
      }),
  },
  {
    name: 'an empty list of types reads nothing and still moves upTo',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append(someEvents(3))
        await trial.contents(trial.log, 3)
        const stretch = await trial.log.read({ after: 1, types: [], limit: 10 })
        assert.deepEqual(stretch.events, [])
        assert.ok(stretch.upTo > 1, 'upTo did not move')
      }),
  },
  {
    name: 'types are matched exactly, and may be as many as there are',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const types = ['a.one', 'A.one', 'a.one ', 'a.on', 'a.one2', 'a_one', 'a%', 'a.ône', 'a.*', "a'one"]
        await trial.append(types.map((type) => anEvent({ type })))
        await trial.contents(trial.log, types.length)
        for (const [i, type] of types.entries()) {
          const { events } = await trial.log.read({ after: 0, types: [type], limit: 100 })
          assert.deepEqual(
            events.map(({ position }) => position),
            [i + 1],
            `type ${type}`,
          )
        }
        const many = Array.from({ length: 40_000 }, (_, i) => `a.none-${i}`)
        const { events } = await trial.log.read({ after: 0, types: [...many, 'a.on'], limit: 5 })
        assert.deepEqual(
          events.map(({ type }) => type),
          ['a.on'],
        )
      }),
  },
  {
    name: 'at the end of the log and past it nothing is read, and upTo is never below after',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const query = { limit: 10 }
        assert.deepEqual(await trial.log.read({ ...query, after: 0 }), { events: [], upTo: 0 })
        await trial.append(someEvents(2))
        await trial.contents(trial.log, 2)
        for (const types of [undefined, ['orders.order-placed'], ['a.none'], []]) {
          for (const after of [2, 3, 1_000]) {
            const read = types === undefined ? { ...query, after } : { ...query, after, types }
            assert.deepEqual(await trial.log.read(read), { events: [], upTo: after })
          }
        }
      }),
  },
  {
    name: 'what was read is final: every handle reads the same bytes again, whatever was appended since',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append([...someEvents(5), anEvent({ headers: { b: '2', a: '1' }, data: '{"z":1.0,"a":[1e2,"\\u00e9"]}' })])
        const before = JSON.stringify(await trial.contents(trial.log, 6))
        const known = await trial.log.read({ after: 0, limit: 6 })
        await trial.append(known.events)
        await trial.append(someEvents(5))
        for (const log of [trial.log, await trial.reopen()]) {
          const again = await trial.contents(log, 11)
          assert.equal(JSON.stringify(again.slice(0, 6)), before)
          assert.deepEqual(await log.read({ after: 0, limit: 6 }), { ...known, upTo: 6 })
        }
      }),
  },
  {
    name: 'a read that asks for less than 1 event, more than 10,000, or from no position is refused',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append([anEvent()])
        for (const limit of [0, -1, 1.5, Number.NaN, 10_001, Number.POSITIVE_INFINITY])
          await trial.fails(trial.log.read({ after: 0, limit }), 'LOG_EVENT_INVALID', `a read of ${limit} events`)
        for (const after of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
          await trial.fails(trial.log.read({ after, limit: 1 }), 'LOG_EVENT_INVALID', `a read after ${after}`)
      }),
  },
  {
    name: 'a read whose signal is aborted rejects with its reason',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append([anEvent()])
        const reason = new Error('no longer wanted')
        await assert.rejects(trial.log.read({ after: 0, limit: 1, signal: AbortSignal.abort(reason) }), reason)
      }),
  },
]

/** Reads stretch after stretch up to a position. */
async function follow(
  trial: LogTrial,
  end: Position,
  limit: number,
  types: readonly string[],
  onStretch: (events: readonly StoredEvent[], after: Position, upTo: Position) => void,
): Promise<void> {
  for (let after = 0; after < end; ) {
    const stretch = await trial.soon('a read', trial.log.read({ after, types, limit }))
    assert.ok(stretch.events.length <= limit, `${stretch.events.length} events were read, ${limit} were asked for`)
    assert.ok(stretch.upTo > after, `upTo stays at ${after}, and the log goes on to ${end}`)
    onStretch(stretch.events, after, stretch.upTo)
    after = stretch.upTo
  }
}
