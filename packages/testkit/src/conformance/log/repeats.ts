import assert from 'node:assert/strict'
import type { NewEvent } from '@tidings/core'
import { anEvent, someEvents } from './an-event.ts'
import { idsOf, type LogCase, LogTrial, upTo } from './log-trial.ts'

/** Fields that may differ where an event is appended again: what they tell is no part of what happened. */
const another: Partial<NewEvent> = {
  time: '2027-01-01T00:00:00Z',
  correlationId: 'request-2',
  causationId: 'request-1',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  headers: { tenant: 'other' },
}

/** Appending an event again. */
export const repeats: readonly LogCase[] = [
  {
    name: 'appending an event again answers its first position and changes nothing',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const events = someEvents(3)
        await trial.append(events)
        const before = await trial.contents(trial.log, 3)
        for (const log of [trial.log, await trial.reopen()]) {
          assert.deepEqual(await trial.append(events, log), [1, 2, 3])
          assert.deepEqual(await trial.append(events.slice(1, 2), log), [2])
          assert.deepEqual(await trial.append([...events].reverse(), log), [3, 2, 1])
          assert.deepEqual(await trial.append([anEvent({ ...events[0], ...another })], log), [1])
        }
        assert.deepEqual(await trial.contents(), before)
        trial.areNext(await trial.append([anEvent()]), 3, 'a repetition left a gap')
      }),
  },
  {
    name: 'an event that is appended by many at once stands in the log once, and all are told where',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const handles = [trial.log, await trial.reopen(), await trial.reopen()]
        const events = someEvents(10)
        const answers = await Promise.all(
          upTo(9).map(async (number) => {
            const part = events.slice(number % 3, 10 - (number % 2))
            if (number % 2 === 0) part.reverse()
            const positions = await trial.append(part, handles[number % handles.length])
            return part.map(({ id }, i) => [id, positions[i]] as const)
          }),
        )
        const last = Math.max(...answers.flat().map(([, position = 0]) => position))
        const contents = await trial.contents(trial.log, last)
        assert.deepEqual([...idsOf(contents)].sort(), [...idsOf(events)].sort())
        if (!trial.log.capabilities.skipsPositions) assert.equal(last, 10, 'a repetition left a gap')
        const byId = new Map(contents.map(({ id, position }) => [id, position]))
        for (const [id, position] of answers.flat()) assert.equal(position, byId.get(id))
      }),
  },
  {
    name: 'an id that comes again with another type, version, key, encoding or data is refused, and nothing is written',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const event = anEvent()
        await trial.append([anEvent(), event])
        const others: readonly Partial<NewEvent>[] = [
          { type: 'orders.order-cancelled' },
          { version: 2 },
          { key: 'order-2' },
          { encoding: 'other' },
          { data: '{"orderId":"order-2"}' },
          { data: '{"orderId": "order-1"}' },
        ]
        for (const other of others) {
          const what = `the id again with another ${Object.keys(other).join()}`
          const reused = anEvent({ ...event, ...other })
          await trial.refused([reused], 'LOG_EVENT_ID_REUSED', what)
          await trial.refused([anEvent(), reused, anEvent()], 'LOG_EVENT_ID_REUSED', `${what}, among new events`)
        }
        trial.areNext(await trial.append([anEvent()]), 2, 'a refusal left a gap')
      }),
  },
  {
    name: 'of two events with one id that come at once, one is written and the other refused',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        for (const handles of [
          [trial.log, trial.log],
          [trial.log, await trial.reopen()],
        ]) {
          const event = anEvent()
          const outcomes = await Promise.allSettled([
            trial.append([event], handles[0]),
            trial.append([anEvent(), anEvent({ ...event, data: '{"other":true}' })], handles[1]),
          ])
          const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
          assert.equal(refused.length, 1, 'one of the two is refused')
          await trial.fails(Promise.reject(refused[0]?.reason), 'LOG_EVENT_ID_REUSED', 'the later of the two')
          const contents = await trial.contents()
          assert.equal(contents.filter(({ id }) => id === event.id).length, 1)
        }
      }),
  },
  {
    name: 'of an append some of whose events are there already the others are appended, in their order',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const events = someEvents(5)
        await trial.append([events[1], events[3]].filter((event) => event !== undefined))
        assert.deepEqual(await trial.append(events), [3, 1, 4, 2, 5])
        const contents = await trial.contents(trial.log, 5)
        assert.deepEqual(idsOf(contents), idsOf([1, 3, 0, 2, 4].map((i) => events[i] ?? anEvent())))
      }),
  },
  {
    name: 'an id twice in one append is refused, and nothing is written',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const event = anEvent()
        await trial.refused([event, anEvent(), event], 'LOG_EVENT_ID_REUSED', 'an event twice')
        await trial.refused([anEvent(), event, { ...event, data: '2' }], 'LOG_EVENT_ID_REUSED', 'an id twice')
        await trial.append([event])
        await trial.refused([event, event], 'LOG_EVENT_ID_REUSED', 'an event twice that is there already')
      }),
  },
]
