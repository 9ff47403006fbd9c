import assert from 'node:assert/strict'
import type { Position, StoredEvent } from '@tidings/core'
import { anEvent, someEvents } from './an-event.ts'
import { idsOf, type LogCase, LogTrial, upTo } from './log-trial.ts'

/** Positions, and the order that they make. */
export const order: readonly LogCase[] = [
  {
    name: 'positions are 1, 2, 3 … in the order of the events, and the answer tells them',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        assert.equal(await trial.log.sealed(), 0, 'a new log is empty')
        const events = someEvents(7)
        const answers = [
          await trial.append(events.slice(0, 1)),
          await trial.append(events.slice(1, 5)),
          await trial.append(events.slice(5)),
        ]
        assert.deepEqual(answers, [[1], [2, 3, 4, 5], [6, 7]])
        const contents = await trial.contents(trial.log, 7)
        assert.deepEqual(idsOf(contents), idsOf(events))
        assert.deepEqual(
          contents.map(({ position }) => position),
          upTo(7),
        )
        assert.equal(await trial.log.sealed(), 7)
      }),
  },
  {
    name: 'positions have no gaps and none is given twice when several handles append at once',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const handles = [trial.log, await trial.reopen(), await trial.reopen()]
        const appended: [string, Position][] = []
        await Promise.all(
          upTo(60).map(async (number) => {
            const events = someEvents(number % 7 === 0 ? 3 : 1)
            const positions = await trial.append(events, handles[number % handles.length])
            appended.push(...positions.map((position, i): [string, Position] => [events[i]?.id ?? '', position]))
          }),
        )
        const contents = await trial.contents(trial.log, appended.length)
        assert.deepEqual(
          contents.map(({ position }) => position),
          upTo(appended.length),
        )
        const byId = new Map(contents.map(({ id, position }) => [id, position]))
        for (const [id, position] of appended) assert.equal(byId.get(id), position, 'an event stands where its append said')
      }),
  },
  {
    name: 'a reader never sees a position and later an event under it, however many append',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const reader = await trial.reopen()
        const writers = [trial.log, await trial.reopen()]
        const seen: StoredEvent[] = []
        let writing = true
        const reading = (async () => {
          let after = 0
          for (let last = false; ; last ||= !writing) {
            const stretch = await trial.soon('a read', reader.read({ after, limit: 7 }))
            assert.ok(stretch.upTo >= after, 'upTo is never below after')
            seen.push(...stretch.events)
            after = stretch.upTo
            if (last && after >= 200) return
            if (stretch.events.length === 0) await trial.soon('a turn', new Promise((resolve) => setImmediate(resolve)))
          }
        })()
        reading.catch(() => {})
        for (let round = 0; round < 10; round++)
          await Promise.all(someEvents(20).map((event, i) => trial.append([event], writers[i % writers.length])))
        writing = false
        await trial.soon('the last read', reading)
        assert.deepEqual(
          seen.map(({ position }) => position),
          upTo(200),
        )
        assert.deepEqual(seen, await trial.contents(trial.log, 200))
      }),
  },
  {
    name: 'an append made after another was acknowledged has the higher positions, from whatever handle',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const handles = [trial.log, await trial.reopen()]
        // Others append all the while, so that the handles have work under way.
        const others = someEvents(40).map((event, i) => trial.append([event], handles[i % 2]))
        let last = 0
        for (let i = 0; i < 20; i++) {
          const positions = await trial.append([anEvent(), anEvent()], handles[i % 2])
          for (const position of positions) {
            assert.ok(position > last, `position ${position} was given after ${last} was acknowledged`)
            last = position
          }
        }
        await Promise.all(others)
      }),
  },
  {
    name: 'what was acknowledged can soon be read through every handle, at the position that was told',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        for (const log of [trial.log, other, trial.log, other]) {
          const event = anEvent()
          const [position = 0] = await trial.append([event])
          await trial.until('the log is sealed up to the event', async () => (await log.sealed()) >= position)
          const { events, upTo: end } = await log.read({ after: position - 1, limit: 1 })
          assert.deepEqual(idsOf(events), [event.id])
          assert.equal(end, position)
        }
      }),
  },
]
