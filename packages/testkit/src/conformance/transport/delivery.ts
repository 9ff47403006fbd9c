import assert from 'node:assert/strict'
import type { TransportMessage } from '@tidings/core'
import { type TransportCase, TransportTrial } from './transport-trial.ts'

const bodies = ['', ' ', '{"a":1}', 'é 漢字 🎉', 'line\nline\r\n\ttab', '\u0000\u0001', '"quoted" \'and\' \\', 'x'.repeat(1_048_576)]

/** What reaches whom. */
export const delivery: readonly TransportCase[] = [
  {
    name: 'a message arrives as it was sent, whatever its text',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        for (const [i, body] of bodies.entries()) {
          const got: TransportMessage[] = []
          trial.other.subscribe(`topic-${i}`, (message) => void got.push(message))
          await trial.sendUntil(() => got.length > 0, `topic-${i}`, body, 'the arrival of a message')
          for (const message of got) {
            assert.equal(message.topic, `topic-${i}`)
            assert.ok(message.body === body, `a body of ${body.length} characters arrived as another one of ${message.body.length}`)
          }
        }
      }),
  },
  {
    name: 'every subscription gets every message, at the end that sent it too',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        const got = [0, 0, 0, 0]
        for (const [i, end] of [trial.transport, trial.transport, trial.other, trial.other].entries()) {
          end.subscribe('topic', () => {
            got[i] = (got[i] ?? 0) + 1
          })
        }
        await trial.sendUntil(() => got.every((count) => count > 0), 'topic', 'news', 'the arrival at all four subscriptions')
      }),
  },
  {
    name: 'a message reaches the subscribers of exactly its topic',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        const strays: string[] = []
        for (const topic of [
          'orders',
          'orders.placed.late',
          'Orders.placed',
          'orders.*',
          'orders.#',
          'orders.>',
          '*',
          '',
          '%',
          'orders_placed',
        ]) {
          trial.other.subscribe(topic, ({ topic: sent }) => void strays.push(`${sent} to ${topic}`))
        }
        let got = 0
        trial.other.subscribe('orders.placed', () => void got++)
        await trial.sendUntil(() => got > 0, 'orders.placed', 'news', 'the arrival of a message')
        assert.deepEqual(strays, [])
      }),
  },
  {
    name: 'a message without subscribers is handed over all the same',
    run: (subject) =>
      TransportTrial.run(subject, (trial) => trial.soon('the handing over', trial.transport.publish({ topic: 'nobody', body: 'news' }))),
  },
  {
    name: 'no receiver is called before publish returns',
    run: (subject) =>
      TransportTrial.run(subject, async (trial) => {
        let publishing = false
        let [got, early] = [0, 0]
        trial.transport.subscribe('topic', () => {
          got++
          if (publishing) early++
        })
        for (let i = 0; i < 10; i++) {
          publishing = true
          const handedOver = trial.transport.publish({ topic: 'topic', body: 'news' })
          publishing = false
          await trial.soon('the handing over', handedOver)
        }
        await trial.sendUntil(() => got > 0, 'topic', 'news', 'the arrival of a message')
        assert.equal(early, 0, 'a receiver was called while publish had not returned')
      }),
  },
]
