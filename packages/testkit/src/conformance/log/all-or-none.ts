import assert from 'node:assert/strict'
import { type NewEvent, systemRuntime } from '@tidings/core'
import { anEvent, someEvents } from './an-event.ts'
import { idsOf, type LogCase, LogTrial } from './log-trial.ts'

/** Appends take effect whole or not at all, and each for itself. */
export const allOrNone: readonly LogCase[] = [
  {
    name: 'an append of which one event is refused writes none, wherever it stands',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const known = anEvent()
        await trial.append([known])
        for (const [bad, code] of [
          [anEvent({ version: 0 }), 'LOG_EVENT_INVALID'],
          [anEvent({ data: `"${'x'.repeat(1_048_577)}"` }), 'LOG_EVENT_TOO_LARGE'],
          [anEvent({ ...known, key: 'another' }), 'LOG_EVENT_ID_REUSED'],
        ] satisfies [NewEvent, string][]) {
          for (const at of [0, 2, 4]) await trial.refused(someEvents(4).toSpliced(at, 0, bad), code, `place ${at}`)
        }
        trial.areNext(await trial.append([anEvent()]), 1, 'a refusal left a gap')
      }),
  },
  {
    name: 'an append that is refused fails no other that is made at the same time',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const known = anEvent()
        await trial.append([known])
        const good = Array.from({ length: 12 }, () => someEvents(3))
        const bad = [
          [anEvent({ ...known, data: '2' })],
          [anEvent(), anEvent({ ...known, data: '2' }), anEvent()],
          [anEvent({ version: 0 })],
          [anEvent({ data: '{' }), anEvent()],
        ]
        const refused: Promise<unknown>[] = []
        const taken = good.map((events, i) => {
          const appending = trial.append(events)
          const faulty = bad[i % bad.length]
          if (faulty !== undefined) refused.push(assert.rejects(trial.append(faulty)))
          return appending
        })
        const positions = await Promise.all(taken)
        await Promise.all(refused)
        const last = Math.max(...positions.flat())
        const contents = await trial.contents(trial.log, last)
        assert.deepEqual([...idsOf(contents)].sort(), [...idsOf([known, ...good.flat()])].sort())
        const byPosition = new Map(contents.map(({ position, id }) => [position, id]))
        good.forEach((events, i) => {
          for (const [n, { id }] of events.entries()) assert.equal(byPosition.get(positions[i]?.[n] ?? 0), id)
        })
        if (!trial.log.capabilities.skipsPositions) assert.equal(last, 37, 'a refusal left a gap')
      }),
  },
  {
    name: 'a reader sees all events of an append or none of them',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const writers = [trial.log, await trial.reopen()]
        const reader = await trial.reopen()
        let writing = true
        const reading = (async () => {
          for (let last = false; !last; ) {
            last = !writing
            const { events } = await trial.soon('a read', reader.read({ after: 0, limit: 10_000 }))
            const counts = new Map<string, number>()
            for (const { correlationId } of events) counts.set(correlationId, (counts.get(correlationId) ?? 0) + 1)
            for (const count of counts.values()) assert.equal(count, 5, `a reader saw ${count} of 5 events of an append`)
            await systemRuntime.clock.sleep(0)
          }
        })()
        reading.catch(() => {})
        for (let round = 0; round < 10; round++) {
          await Promise.all(writers.map((log, i) => trial.append(someEvents(5, { correlationId: `append ${round} of ${i}` }), log)))
        }
        writing = false
        await trial.soon('the last read', reading)
      }),
  },
]
