import assert from 'node:assert/strict'
import { anEvent, someEvents } from './an-event.ts'
import { idsOf, type LogCase, LogTrial } from './log-trial.ts'

/** A log's identity, and how handles end. */
export const lifetime: readonly LogCase[] = [
  {
    name: 'a log has one identity at all times and through every handle, and no other log has it',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const identity = await trial.log.identity()
        assert.ok(typeof identity === 'string' && identity.length > 0)
        const other = await trial.reopen()
        assert.equal(await other.identity(), identity)
        await trial.append([anEvent()])
        assert.equal(await trial.log.identity(), identity)
        assert.notEqual(await (await trial.another()).identity(), identity)
      }),
  },
  {
    name: 'a log exists once its identity is known, through every handle, and says where it is',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.log.identity()
        const other = await trial.reopen()
        assert.equal(await trial.log.exists(), true)
        assert.equal(await other.exists(), true)
        assert.ok(typeof trial.log.location === 'string' && trial.log.location.length > 0)
        assert.equal(other.location, trial.log.location)
      }),
  },
  {
    name: 'asking whether a log exists does not make it',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const before = await trial.log.exists()
        assert.equal(await trial.log.exists(), before)
        assert.equal(await (await trial.reopen()).exists(), before)
      }),
  },
  {
    name: 'a closed log refuses everything with StoreClosed, and closing it again does nothing',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append([anEvent()])
        await Promise.all([trial.soon('the close', trial.log.close()), trial.soon('another close', trial.log.close())])
        await trial.soon('a third close', trial.log.close())
        await trial.fails(trial.log.append([anEvent()]), 'STORE_CLOSED', 'an append')
        await trial.fails(trial.log.read({ after: 0, limit: 1 }), 'STORE_CLOSED', 'a read')
        await trial.fails(trial.log.sealed(), 'STORE_CLOSED', 'sealed')
        await trial.fails(trial.log.identity(), 'STORE_CLOSED', 'identity')
        await trial.fails(trial.log.exists(), 'STORE_CLOSED', 'exists')
        await trial.fails(
          Promise.resolve().then(() => trial.log.onAdvance(() => {})),
          'STORE_CLOSED',
          'onAdvance',
        )
      }),
  },
  {
    name: 'a log that was never used can be closed, and what listened to it be disposed afterwards',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const ringing = trial.log.onAdvance(() => {})
        await trial.soon('the close', trial.log.close())
        ringing[Symbol.dispose]()
      }),
  },
  {
    name: 'close finishes what is in flight: each append is acknowledged or refused as closed, each read answered',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append([anEvent()])
        const reads = [trial.log.read({ after: 0, limit: 1 }), trial.log.sealed()]
        const appends = Array.from({ length: 30 }, (_, i) => trial.log.append(someEvents((i % 3) + 1)))
        const settled = Promise.allSettled([...appends, ...reads])
        await trial.soon('the close', trial.log.close())
        for (const outcome of await trial.soon('the end of what was in flight', settled)) {
          if (outcome.status === 'rejected') await trial.fails(Promise.reject(outcome.reason), 'STORE_CLOSED', 'what was in flight')
        }
      }),
  },
  {
    name: 'closing one handle ends no other',
    requires: ({ sharedByProcesses }) => sharedByProcesses,
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        let rung = 0
        other.onAdvance(() => void rung++)
        await trial.append([anEvent()])
        await trial.soon('the close', trial.log.close())
        await trial.append([anEvent()], other)
        assert.equal((await trial.contents(other, 2)).length, 2)
        await trial.until('a ring', async () => {
          await trial.append([anEvent()], other)
          return rung > 0
        })
      }),
  },
  {
    name: 'what was acknowledged is there, unchanged, when the log is opened again; so are its identity and its ids',
    requires: ({ durable }) => durable,
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const identity = await trial.log.identity()
        const events = someEvents(20)
        const appends = events.map((event) => trial.append([event]))
        await Promise.all(appends)
        const before = await trial.contents(trial.log, 20)
        await trial.soon('the close', trial.log.close())
        const again = await trial.reopen()
        assert.equal(await again.identity(), identity)
        assert.deepEqual(await trial.contents(again, 20), before)
        assert.deepEqual(idsOf(before).toSorted(), idsOf(events).toSorted())
        assert.deepEqual(await trial.append([...events].reverse(), again), before.map(({ position }) => position).reverse())
        await trial.fails(again.append([anEvent({ ...events[0], data: '2' })]), 'LOG_EVENT_ID_REUSED', 'an id with other data')
        trial.areNext(await trial.append([anEvent()], again), 20, 'a repetition or a refusal left a gap')
      }),
  },
]
