import assert from 'node:assert/strict'
import { ReadOnlyTransaction, TransactionConflict } from '@tidings/core'
import { Gate, type LedgerCase, LedgerTrial, lookUp } from './ledger-trial.ts'

/** All of a transaction or nothing of it. */
export const atomicity: readonly LedgerCase[] = [
  {
    name: 'ledger rows and own rows of one transaction are committed together',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const answer = await trial.ledger.transaction(async (tx) => {
          await tx.put('lanes', [{ key: 'a', value: { position: 1 } }])
          await trial.writeOwn(tx.db, 'a', 'written')
          await tx.put('outbox', [{ key: 'b', value: [1, 2] }])
          return 'answer'
        })
        assert.equal(answer, 'answer')
        assert.deepEqual(await trial.value('lanes', 'a'), { position: 1 })
        assert.deepEqual(await trial.value('outbox', 'b'), [1, 2])
        assert.equal(await trial.own('a'), 'written')
      }),
  },
  {
    name: 'work that rejects leaves neither ledger rows nor own rows, and its error comes through as it is',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('lanes', 'a', 1)
        for (const reason of [new Error('refused'), null, undefined, 'text']) {
          const error = await trial.ledger
            .transaction(async (tx) => {
              await tx.put('lanes', [{ key: 'a', value: 2 }])
              await tx.put('lanes', [{ key: 'b', value: 2 }])
              await tx.remove('lanes', ['a'])
              await tx.put('fresh', [{ key: 'a', value: 2 }])
              await trial.writeOwn(tx.db, 'a', 'written')
              throw reason
            })
            .then(
              () => assert.fail('the transaction resolved'),
              (thrown: unknown) => ({ thrown }),
            )
          assert.ok(error.thrown === reason, `the error thrown came through as another: ${String(error.thrown)}`)
          assert.equal(await trial.value('lanes', 'a'), 1)
          assert.equal(await trial.value('lanes', 'b'), undefined)
          assert.equal(await trial.value('fresh', 'a'), undefined)
          assert.equal(await trial.own('a'), undefined)
        }
        // What was rolled back must not be remembered: the table is made once more.
        await trial.put('fresh', 'a', 3)
        assert.equal(await trial.value('fresh', 'a'), 3)
      }),
  },
  {
    name: 'a transaction that is aborted before its commit leaves nothing, and one aborted beforehand does not run',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const abort = new AbortController()
        const reason = new Error('no longer wanted')
        const running = trial.ledger.transaction(async (tx) => {
          await tx.put('lanes', [{ key: 'a', value: 1 }])
          await trial.writeOwn(tx.db, 'a', 'written')
          abort.abort(reason)
        }, abort.signal)
        await assert.rejects(running, (error) => error === reason)
        let ran = false
        const beforehand = trial.ledger.transaction(async () => {
          ran = true
        }, abort.signal)
        await assert.rejects(beforehand, (error) => error === reason)
        await assert.rejects(
          trial.ledger.read(async () => {
            ran = true
          }, abort.signal),
          (error) => error === reason,
        )
        assert.equal(ran, false, 'the work ran although its signal was aborted beforehand')
        assert.equal(await trial.value('lanes', 'a'), undefined)
        assert.equal(await trial.own('a'), undefined)
      }),
  },
  {
    name: 'a transaction that met a conflict leaves nothing',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('lanes', 'contested', 0)
        const names = ['one', 'two', 'three']
        const read = new Gate()
        let readers = 0
        const results = await trial.soon(
          'the end of three transactions on one row',
          Promise.allSettled(
            names.map((name) =>
              trial.ledger.transaction(async (tx) => {
                await lookUp(tx, 'lanes', 'contested')
                if (++readers === names.length) read.open()
                if (trial.ledger.capabilities.concurrency === 'optimistic') await read.passed
                await tx.put('lanes', [{ key: name, value: 'was here' }])
                await trial.writeOwn(tx.db, name, 'was here')
                await tx.put('lanes', [{ key: 'contested', value: name }])
              }),
            ),
          ),
        )
        for (const [i, result] of results.entries()) {
          if (result.status === 'rejected')
            assert.ok(result.reason instanceof TransactionConflict, `it failed otherwise: ${String(result.reason)}`)
          const expected = result.status === 'fulfilled' ? 'was here' : undefined
          assert.equal(await trial.value('lanes', names[i] ?? ''), expected)
          assert.equal(await trial.own(names[i] ?? ''), expected)
        }
        assert.ok(
          results.some(({ status }) => status === 'fulfilled'),
          'none of them committed',
        )
      }),
  },
  {
    name: 'a write that nobody awaited is part of the transaction or refused, never on its own',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        for (const key of ['kept', 'thrown away']) {
          const writes: Promise<string>[] = []
          const transaction = trial.ledger.transaction(async (tx) => {
            const outcome = (write: Promise<void>): Promise<string> =>
              write.then(
                () => 'done',
                () => 'refused',
              )
            writes.push(outcome(tx.put('lanes', [{ key, value: 1 }])), outcome(trial.writeOwn(tx.db, key, 'written')))
            if (key === 'thrown away') throw new Error('refused')
          })
          const committed = await trial.soon(
            'the end of the transaction',
            transaction.then(
              () => true,
              () => false,
            ),
          )
          const [put, own] = await trial.soon('the answer to the writes', Promise.all(writes))
          assert.equal(await trial.value('lanes', key), committed && put === 'done' ? 1 : undefined)
          assert.equal(await trial.own(key), committed && own === 'done' ? 'written' : undefined)
          // Still usable, by the same instance and by others.
          await trial.soon('the next transaction', trial.put('lanes', 'next', 1))
        }
      }),
  },
  {
    name: 'a query cannot write',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.ledger.transaction((tx) => trial.writeOwn(tx.db, 'a', 'first'))
        await trial.ledger.read(async (reader) => {
          assert.equal(await trial.readOwn(reader.db, 'a'), 'first')
          await assert.rejects(trial.writeOwn(reader.db, 'a', 'second'), ReadOnlyTransaction)
          assert.equal(await trial.readOwn(reader.db, 'a'), 'first')
        })
        assert.equal(await trial.own('a'), 'first')
      }),
  },
]
