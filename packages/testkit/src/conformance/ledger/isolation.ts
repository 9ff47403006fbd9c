import assert from 'node:assert/strict'
import { Gate, type LedgerCase, LedgerTrial, lookUp, turns } from './ledger-trial.ts'

/** Who sees what, and when. */
export const isolation: readonly LedgerCase[] = [
  {
    name: 'a transaction sees its own writes',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('lanes', 'a', 'old')
        await trial.put('lanes', 'b', 'old')
        await trial.ledger.transaction(async (tx) => {
          await tx.put('lanes', [
            { key: 'a', value: 'new' },
            { key: 'c', value: 'new' },
          ])
          await tx.remove('lanes', ['b'])
          assert.deepEqual(await tx.get('lanes', ['a', 'b', 'c']), ['new', undefined, 'new'])
          assert.deepEqual(await tx.scan('lanes', { limit: 10 }), [
            { key: 'a', value: 'new' },
            { key: 'c', value: 'new' },
          ])
          await tx.put('lanes', [{ key: 'b', value: 'again' }])
          assert.equal(await lookUp(tx, 'lanes', 'b'), 'again')
          assert.deepEqual(await tx.scan('lanes', { from: 'b', limit: 1 }), [{ key: 'b', value: 'again' }])
          await trial.writeOwn(tx.db, 'a', 'written')
          assert.equal(await trial.readOwn(tx.db, 'a'), 'written')
        })
      }),
  },
  {
    name: 'a read sees what was committed before it began, by this instance or another',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        for (let i = 1; i <= 20; i++) {
          await trial.ledger.transaction(async (tx) => {
            await tx.put('lanes', [{ key: 'a', value: i }])
            await trial.writeOwn(tx.db, 'a', String(i))
          })
          for (const ledger of [trial.ledger, other]) {
            assert.equal(await trial.value('lanes', 'a', ledger), i)
            assert.equal(await trial.own('a', ledger), String(i))
            assert.equal(await ledger.transaction((tx) => lookUp(tx, 'lanes', 'a')), i)
          }
        }
      }),
  },
  {
    name: 'a read sees nothing that is not committed, and does not wait for the writer',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('lanes', 'a', 'old')
        const other = await trial.reopen()
        const written = new Gate()
        const seen = new Gate()
        const writing = trial.ledger.transaction(async (tx) => {
          await tx.put('lanes', [{ key: 'a', value: 'new' }])
          await tx.put('fresh', [{ key: 'a', value: 'new' }])
          await trial.writeOwn(tx.db, 'a', 'new')
          written.open()
          await seen.passed
        })
        try {
          await trial.soon('the write', written.passed)
          for (const ledger of [trial.ledger, other]) {
            assert.equal(await trial.soon('a read beside a writer', trial.value('lanes', 'a', ledger)), 'old')
            assert.equal(await trial.soon('a read beside a writer', trial.value('fresh', 'a', ledger)), undefined)
            assert.equal(await trial.soon('a read beside a writer', trial.own('a', ledger)), undefined)
          }
        } finally {
          seen.open()
          await writing
        }
        assert.equal(await trial.value('lanes', 'a'), 'new')
      }),
  },
  {
    name: 'all reads of one query see the same state, also of tables that did not exist',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.ledger.transaction(async (tx) => {
          await tx.put('lanes', [
            { key: 'a', value: 1 },
            { key: 'b', value: 1 },
          ])
          await trial.writeOwn(tx.db, 'a', '1')
        })
        for (const first of ['missing', 'lanes']) {
          await trial.ledger.read(async (reader) => {
            const before = await reader.scan(first, { limit: 10 })
            const own = await trial.readOwn(reader.db, 'a')
            const elsewhere = trial.ledger.transaction(async (tx) => {
              await tx.put(first, [{ key: `beside ${first}`, value: 2 }])
              await tx.put('lanes', [{ key: 'b', value: 2 }])
              await tx.put('unseen', [{ key: 'a', value: 2 }])
              await trial.writeOwn(tx.db, 'a', `beside ${first}`)
            })
            await trial.soon('a transaction beside a query', elsewhere)
            assert.deepEqual(await reader.scan(first, { limit: 10 }), before)
            if (first === 'lanes') assert.deepEqual(await reader.get('lanes', ['b']), [before[1]?.value])
            assert.equal(await trial.readOwn(reader.db, 'a'), own)
          })
          await trial.ledger.transaction(async (tx) => {
            await tx.drop('missing')
            await tx.put('lanes', [{ key: 'b', value: 1 }])
          })
        }
        await trial.ledger.read(async (reader) => {
          assert.equal(await lookUp(reader, 'nowhere', 'a'), undefined)
          await trial.put('nowhere', 'a', 1)
          assert.equal(await lookUp(reader, 'nowhere', 'a'), undefined, 'a table that was made after the first look was seen')
        })
      }),
  },
  {
    name: 'a transaction begins at its first use and not before',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        const uses: readonly ((tx: Parameters<Parameters<typeof other.transaction>[0]>[0]) => Promise<unknown>)[] = [
          (tx) => tx.get('lanes', ['a']),
          (tx) => tx.scan('lanes', { limit: 1 }),
          (tx) => tx.put('lanes', [{ key: 'b', value: 1 }]),
          (tx) => tx.remove('lanes', ['b']),
          (tx) => tx.drop('nothing'),
          (tx) => trial.readOwn(tx.db, 'a'),
          (tx) => trial.writeOwn(tx.db, 'b', 'written'),
        ]
        for (const [i, use] of uses.entries()) {
          await trial.ledger.transaction(async (tx) => {
            assert.equal(tx.begun, false, 'it had begun before its first use')
            // Were a lock held or a snapshot taken, this would wait, or not be seen.
            await trial.soon(
              'a transaction beside one that has not begun',
              other.transaction((beside) => beside.put('lanes', [{ key: 'a', value: i }])),
            )
            assert.equal(tx.begun, false, 'it had begun before its first use')
            const used = use(tx)
            assert.equal(tx.begun, true, 'it had not begun at its first use')
            await used
            assert.equal(await lookUp(tx, 'lanes', 'a'), i)
          })
        }
        await trial.ledger.read(async (reader) => {
          await trial.put('lanes', 'a', 'before the first look')
          assert.equal(await lookUp(reader, 'lanes', 'a'), 'before the first look')
        })
      }),
  },
  {
    name: 'a transaction that is never used blocks nobody and is no conflict',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        const end = new Gate()
        const unused = Array.from({ length: 100 }, () => trial.ledger.transaction(() => end.passed.then(() => 'unused')))
        const looking = Array.from({ length: 100 }, () => trial.ledger.read(() => end.passed.then(() => 'unused')))
        try {
          await turns(2)
          await trial.soon('a transaction beside unused ones', trial.put('lanes', 'a', 1))
          await trial.soon(
            'a transaction of another instance beside unused ones',
            other.transaction((tx) => tx.put('lanes', [{ key: 'b', value: 1 }])),
          )
          assert.equal(await trial.soon('a query beside unused ones', trial.value('lanes', 'a')), 1)
        } finally {
          end.open()
        }
        const answers = await trial.soon('the end of unused transactions', Promise.all([...unused, ...looking]))
        assert.ok(answers.every((answer) => answer === 'unused'))
      }),
  },
]
