import assert from 'node:assert/strict'
import { StoreClosed, systemRuntime } from '@tidings/core'
import { type TransportCase, TransportTrial } from './transport-trial.ts'

/** How subscriptions and transports end, and how failures stay where they are. */
export const lifetime: readonly TransportCase[] = [
  {
    name: 'a subscription that was disposed gets nothing more, and the others go on',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        const got = { left: 0, stayed: 0 }
        const receive = (): void => void got.left++
        const left = trial.other.subscribe('topic', receive)
        trial.other.subscribe('topic', () => void got.stayed++)
        await trial.sendUntil(() => got.left > 0 && got.stayed > 0, 'topic', 'news', 'the arrival at both subscriptions')
        left[Symbol.dispose]()
        const before = { ...got }
        await trial.sendUntil(() => got.stayed > before.stayed + 2, 'topic', 'more news', 'the arrival at the one that stayed')
        assert.equal(got.left, before.left, 'the subscription that was disposed got a message')
      }),
  },
  {
    name: 'disposing a subscription a second time ends no other of the same receiver',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        let got = 0
        const receive = (): void => void got++
        const first = trial.other.subscribe('topic', receive)
        first[Symbol.dispose]()
        trial.other.subscribe('topic', receive)
        first[Symbol.dispose]()
        await trial.sendUntil(() => got > 0, 'topic', 'news', 'the arrival at the second subscription')
      }),
  },
  {
    name: 'a receiver that throws harms neither the sender nor the other receivers',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        let [thrown, got] = [0, 0]
        for (const end of [trial.transport, trial.other]) {
          end.subscribe('topic', () => {
            thrown++
            throw null
          })
        }
        trial.other.subscribe('topic', () => void got++)
        await trial.sendUntil(() => thrown > 1 && got > 2, 'topic', 'news', 'the arrival behind a receiver that throws')
      }),
  },
  {
    name: 'a closed transport refuses work with StoreClosed, and closing it again does nothing',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        await trial.soon('the close', trial.transport.close())
        await trial.soon('a second close', trial.transport.close())
        await assert.rejects(trial.transport.publish({ topic: 'topic', body: 'news' }), StoreClosed)
        assert.throws(() => trial.transport.subscribe('topic', () => {}), StoreClosed)
      }),
  },
  {
    name: 'no receiver is called after the close',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        let [got, closed, late] = [0, false, 0]
        trial.transport.subscribe('topic', () => {
          got++
          if (closed) late++
        })
        await trial.sendUntil(() => got > 0, 'topic', 'news', 'the arrival of a message')
        const underWay = Array.from({ length: 20 }, () => trial.transport.publish({ topic: 'topic', body: 'news' }))
        await trial.soon('the close', trial.transport.close())
        closed = true
        await trial.soon('the end of what was under way', Promise.allSettled(underWay))
        // Whatever else was under way from the other end has had its time once this is through.
        await trial.soon('the close of the other end', trial.other.close())
        await turns(5)
        assert.equal(late, 0, 'a receiver was called after the close')
      }),
  },
  {
    name: 'subscriptions may be disposed after the close',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        const subscription = trial.transport.subscribe('topic', () => {})
        await trial.soon('the close', trial.transport.close())
        subscription[Symbol.dispose]()
      }),
  },
]

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await systemRuntime.clock.sleep(0)
}
