import assert from 'node:assert/strict'
import { type EventLog, systemRuntime } from '@tidings/core'
import { anEvent } from './an-event.ts'
import { type LogCase, LogTrial } from './log-trial.ts'

/** The ring that tells that there may be news. */
export const doorbell: readonly LogCase[] = [
  {
    name: 'onAdvance rings after an append, whichever handle made it',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        for (const writer of [trial.log, other]) {
          let rung = 0
          const ringing = trial.log.onAdvance(() => void rung++)
          await appendUntil(trial, writer, 'a ring', () => rung > 0)
          ringing[Symbol.dispose]()
        }
      }),
  },
  {
    name: 'whoever reads at a ring finds, sooner or later, every event without asking in between',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const reader = await trial.reopen()
        let after = 0
        let reading = Promise.resolve()
        reader.onAdvance(() => {
          reading = reading.then(async () => {
            after = (await reader.read({ after, limit: 10_000 })).upTo
          })
        })
        for (let i = 0; i < 20; i++) await trial.append([anEvent()])
        await appendUntil(trial, trial.log, 'a ring', () => after >= 20)
        await trial.soon('the last read', reading)
      }),
  },
  {
    name: 'after it was disposed nobody is rung, and the others go on',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const rung = { left: 0, stayed: 0 }
        const ring = (): void => void rung.left++
        const left = trial.log.onAdvance(ring)
        trial.log.onAdvance(() => void rung.stayed++)
        await appendUntil(trial, trial.log, 'both rings', () => rung.left > 0 && rung.stayed > 0)
        left[Symbol.dispose]()
        left[Symbol.dispose]()
        const before = { ...rung }
        await appendUntil(trial, trial.log, 'a ring of the one that stayed', () => rung.stayed > before.stayed + 2)
        assert.equal(rung.left, before.left, 'it was rung after it was disposed')
        trial.log.onAdvance(ring)
        left[Symbol.dispose]()
        await appendUntil(trial, trial.log, 'a ring of the one that came back', () => rung.left > before.left)
      }),
  },
  {
    name: 'a ring that throws harms neither the append nor the other rings',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        let [thrown, rung] = [0, 0]
        trial.log.onAdvance(() => {
          thrown++
          throw null
        })
        trial.log.onAdvance(() => void rung++)
        await appendUntil(trial, trial.log, 'both rings', () => thrown > 1 && rung > 1)
        assert.equal((await trial.contents()).length, await trial.log.sealed())
      }),
  },
  {
    name: 'nobody is rung after the close',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        let [closed, late] = [false, 0]
        trial.log.onAdvance(() => {
          if (closed) late++
        })
        const underWay = Array.from({ length: 5 }, () => trial.log.append([anEvent()]))
        await trial.soon('the close', trial.log.close())
        closed = true
        await Promise.allSettled([...underWay, other.append([anEvent()])])
        for (let i = 0; i < 20; i++) await systemRuntime.clock.sleep(1)
        assert.equal(late, 0, 'a ring came after the close')
      }),
  },
]

/** Appends event after event, for a ring may be lost, until the condition holds. */
async function appendUntil(trial: LogTrial, log: EventLog, what: string, condition: () => boolean): Promise<void> {
  await trial.until(what, async () => {
    await trial.append([anEvent()], log)
    for (let i = 0; i < 20 && !condition(); i++) await systemRuntime.clock.sleep(1)
    return condition()
  })
}
