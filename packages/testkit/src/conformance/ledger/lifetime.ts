import assert from 'node:assert/strict'
import { type LedgerReader, StoreClosed, TransactionEnded } from '@tidings/core'
import { Gate, type LedgerCase, LedgerTrial, lookUp, turns } from './ledger-trial.ts'

/** How transactions and ledgers end. */
export const lifetime: readonly LedgerCase[] = [
  {
    name: 'a transaction and its handle do nothing after it has ended',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('rows', 'a', 'old')
        for (const fails of [false, true]) {
          const { promise: escaped, resolve: letOut } =
            Promise.withResolvers<Parameters<Parameters<typeof trial.ledger.transaction>[0]>[0]>()
          const ended = trial.ledger.transaction(async (tx) => {
            await lookUp(tx, 'rows', 'a')
            letOut(tx)
            if (fails) throw new Error('refused')
          })
          await ended.catch(() => {})
          const tx = await escaped
          await assertEnded(trial, tx)
          await assert.rejects(tx.put('rows', [{ key: 'a', value: 'late' }]), TransactionEnded)
          await assert.rejects(tx.remove('rows', ['a']), TransactionEnded)
          await assert.rejects(tx.drop('rows'), TransactionEnded)
          await assert.rejects(trial.writeOwn(tx.db, 'a', 'late'), TransactionEnded)
        }
        const { promise: escaped, resolve: letOut } = Promise.withResolvers<LedgerReader & { readonly db: unknown }>()
        await trial.ledger.read(async (reader) => {
          await lookUp(reader, 'rows', 'a')
          letOut(reader)
        })
        await assertEnded(trial, await escaped)
        assert.equal(await trial.value('rows', 'a'), 'old')
        assert.equal(await trial.own('a'), undefined)
      }),
  },
  {
    name: 'close waits for open transactions and takes on no more',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        const end = new Gate()
        const running = trial.ledger.transaction(async (tx) => {
          await tx.put('rows', [{ key: 'a', value: 1 }])
          await end.passed
          await tx.put('rows', [{ key: 'b', value: 1 }])
        })
        // Not begun yet, or waiting for the first: it was taken on as well.
        const waiting = trial.insistently(async (tx) => {
          await turns(2)
          await tx.put('rows', [{ key: 'c', value: 1 }])
        })
        const looking = trial.ledger.read(async (reader) => {
          await end.passed
          return lookUp(reader, 'rows', 'nobody')
        })
        let closed = false
        const closing = trial.ledger.close().then(() => {
          closed = true
        })
        await assert.rejects(
          trial.ledger.transaction((tx) => tx.put('rows', [{ key: 'd', value: 1 }])),
          StoreClosed,
        )
        await assert.rejects(
          trial.ledger.read((reader) => lookUp(reader, 'rows', 'a')),
          StoreClosed,
        )
        await turns(3)
        assert.equal(closed, false, 'it closed while a transaction was open')
        end.open()
        await trial.soon('the end of what was open', Promise.all([running, waiting, looking]))
        await trial.soon('the close', closing)
        await trial.soon('a second close', trial.ledger.close())
        await assert.rejects(
          trial.ledger.transaction(async () => {}),
          StoreClosed,
        )
        await assert.rejects(
          trial.ledger.read(async () => {}),
          StoreClosed,
        )
        const rows = await other.read((reader) => reader.get('rows', ['a', 'b', 'c', 'd']))
        assert.deepEqual(rows, [1, 1, 1, undefined])
      }),
  },
  {
    name: 'what was committed is there when the database is opened again',
    requires: ({ durable }) => durable,
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.ledger.transaction(async (tx) => {
          await tx.put('rows', [{ key: 'a', value: { kept: true } }])
          await trial.writeOwn(tx.db, 'a', 'kept')
        })
        await trial.ledger.transaction((tx) => tx.put('dropped', [{ key: 'a', value: 1 }]))
        await trial.ledger.transaction((tx) => tx.drop('dropped'))
        await trial.ledger.close()
        const again = await trial.reopen()
        assert.deepEqual(await trial.value('rows', 'a', again), { kept: true })
        assert.equal(await trial.value('dropped', 'a', again), undefined)
        assert.equal(await trial.own('a', again), 'kept')
      }),
  },
  {
    name: 'the clock tells milliseconds since 1970, moves forward, and is the same for every instance',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        const first = await trial.ledger.now()
        assert.ok(first > Date.UTC(2024, 0) && first < Date.UTC(2200, 0), `${first} is not a time in milliseconds of our days`)
        let last = first
        const moved = (async () => {
          while (last === first && !trial.isOver) {
            await turns(1)
            for (const ledger of [other, trial.ledger]) {
              const now = await ledger.now()
              assert.ok(now >= last, 'the clock went back, or is another one for another instance')
              last = now
            }
          }
        })()
        await trial.soon('a tick of the clock', moved)
      }),
  },
]

async function assertEnded(trial: LedgerTrial, reader: LedgerReader & { readonly db: unknown }): Promise<void> {
  await assert.rejects(reader.get('rows', ['a']), TransactionEnded)
  await assert.rejects(reader.scan('rows', { limit: 1 }), TransactionEnded)
  await assert.rejects(trial.readOwn(reader.db, 'a'), TransactionEnded)
}
