import assert from 'node:assert/strict'
import { type Ledger, TransactionConflict } from '@tidings/core'
import { Gate, type LedgerCase, LedgerTrial, lookUp, turns } from './ledger-trial.ts'

const many = 64

/** Transactions that meet. */
export const concurrency: readonly LedgerCase[] = [
  {
    name: 'of two transactions that write one row both commit only if one has seen the other',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('counters', 'a', 0)
        const other = await trial.reopen()
        const results = await meet(trial, [trial.ledger, other], async (tx, seen) => {
          await tx.put('counters', [{ key: 'a', value: Number(seen) + 1 }])
        })
        assert.equal(await trial.value('counters', 'a'), committed(results, trial), 'a write was lost')
      }),
  },
  {
    name: 'of two transactions that remove and write one row both commit only if one has seen the other',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('counters', 'a', 0)
        const other = await trial.reopen()
        let first = true
        const results = await meet(trial, [trial.ledger, other], async (tx, seen) => {
          const removes = first
          first = false
          if (removes) await tx.remove('counters', ['a'])
          else await tx.put('counters', [{ key: 'a', value: seen === undefined ? 'seen as removed' : 'seen' }])
        })
        if (committed(results, trial) === 2) {
          const left = await trial.value('counters', 'a')
          assert.ok(left === undefined || left === 'seen as removed', 'a row was removed and written, neither seeing the other')
        }
      }),
  },
  {
    name: 'of a transaction that drops a table and one that writes a row of it both commit only if one has seen the other',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('counters', 'a', 0)
        const other = await trial.reopen()
        let first = true
        const results = await meet(trial, [trial.ledger, other], async (tx, seen) => {
          const drops = first
          first = false
          if (drops) await tx.drop('counters')
          else await tx.put('counters', [{ key: 'a', value: seen === undefined ? 'seen as dropped' : 'seen' }])
        })
        if (committed(results, trial) === 2) {
          const left = await trial.value('counters', 'a')
          assert.ok(left === undefined || left === 'seen as dropped', 'a table was dropped and written, neither seeing the other')
        }
      }),
  },
  {
    name: 'of two transactions that make the same new row both commit only if one has seen the other',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        const results = await meet(trial, [trial.ledger, other], async (tx, seen) => {
          await tx.put('counters', [{ key: 'a', value: Number(seen ?? 0) + 1 }])
        })
        assert.equal(await trial.value('counters', 'a'), committed(results, trial), 'a write was lost')
      }),
  },
  {
    name: 'no increment is lost when 64 transactions in two instances increment one row, each until it has committed',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const ledgers = [trial.ledger, await trial.reopen()]
        const increments = Array.from({ length: many }, (_, i) =>
          trial.insistently(
            async (tx) => {
              const now = Number((await lookUp(tx, 'counters', 'a')) ?? 0)
              const own = Number((await trial.readOwn(tx.db, 'a')) ?? 0)
              await turns(1)
              await tx.put('counters', [{ key: 'a', value: now + 1 }])
              await trial.writeOwn(tx.db, 'a', String(own + 1))
            },
            ledgers[i % 2],
          ),
        )
        await trial.soon(`the end of ${many} increments`, Promise.all(increments))
        assert.equal(await trial.value('counters', 'a'), many)
        assert.equal(await trial.own('a'), String(many))
      }),
  },
  {
    name: '64 transactions at once, on rows of their own, all commit',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('rows', 'first', 0)
        await trial.ledger.transaction((tx) => trial.writeOwn(tx.db, 'first', '0'))
        const writes = Array.from({ length: many }, (_, i) =>
          trial.insistently(async (tx) => {
            await tx.put('rows', [{ key: `row ${i}`, value: i }])
            await trial.writeOwn(tx.db, `row ${i}`, String(i))
          }),
        )
        await trial.soon(`the end of ${many} transactions`, Promise.all(writes))
        for (let i = 0; i < many; i++) {
          assert.equal(await trial.value('rows', `row ${i}`), i)
          assert.equal(await trial.own(`row ${i}`), String(i))
        }
      }),
  },
  {
    name: 'of 64 handlers that await at once none sees what another has not committed',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const all = Array.from({ length: many }, (_, i) => String(i).padStart(2, '0'))
        const handlers = all.map((name) =>
          trial.insistently(async (tx) => {
            await turns(1)
            await tx.put('rows', [{ key: `${name} begun`, value: true }])
            await turns(2)
            const seen = new Set((await tx.scan('rows', { limit: 10_000 })).map(({ key }) => key))
            for (const other of all) {
              if (other !== name)
                assert.equal(seen.has(`${other} begun`), seen.has(`${other} ended`), 'half of another transaction was seen')
            }
            assert.ok(seen.has(`${name} begun`) && !seen.has(`${name} ended`), 'its own writes were not seen')
            await tx.put('rows', [{ key: `${name} ended`, value: true }])
          }),
        )
        const looks = Array.from({ length: many }, (_, i) =>
          trial.ledger.read(async (reader) => {
            await turns(i % 7)
            const seen = new Set((await reader.scan('rows', { limit: 10_000 })).map(({ key }) => key))
            for (const other of all) assert.equal(seen.has(`${other} begun`), seen.has(`${other} ended`), 'half of a transaction was seen')
          }),
        )
        await trial.soon(`the end of ${many} handlers`, Promise.all([...handlers, ...looks]))
      }),
  },
  {
    name: '16 queries at once that wait for each other all have their snapshot',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('rows', 'a', 1)
        const all = new Gate()
        let looking = 0
        const queries = Array.from({ length: 16 }, () =>
          trial.ledger.read(async (reader) => {
            await lookUp(reader, 'rows', 'a')
            if (++looking === 16) all.open()
            await all.passed
            assert.equal(await lookUp(reader, 'rows', 'a'), 1)
          }),
        )
        try {
          await trial.soon('the first look of 16 queries', all.passed)
        } finally {
          all.open()
        }
        await trial.soon('the end of 16 queries', Promise.all(queries))
      }),
  },
  {
    name: 'a transaction that is aborted while it waits for another gives up at once, and those behind it go on',
    requires: ({ concurrency }) => concurrency === 'serial',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const other = await trial.reopen()
        const written = new Gate()
        const end = new Gate()
        const holding = trial.ledger.transaction(async (tx) => {
          await tx.put('rows', [{ key: 'a', value: 1 }])
          written.open()
          await end.passed
        })
        await trial.soon('the first write', written.passed)
        const abort = new AbortController()
        const reason = new Error('no longer wanted')
        const waits = [trial.ledger, other].map((ledger) =>
          ledger.transaction((tx) => tx.put('rows', [{ key: 'b', value: 1 }]), abort.signal),
        )
        const behind = trial.put('rows', 'c', 1)
        try {
          await turns(2)
          abort.abort(reason)
          for (const wait of waits) await assert.rejects(trial.soon('the end of an aborted wait', wait), (error) => error === reason)
        } finally {
          end.open()
        }
        await trial.soon('the end of the others', Promise.all([holding, behind]))
        const rows = await trial.ledger.read((reader) => reader.get('rows', ['a', 'b', 'c']))
        assert.deepEqual(rows, [1, undefined, 1])
      }),
  },
  {
    name: 'work that gives up while its first use still waits does not hold up those behind it',
    requires: ({ concurrency }) => concurrency === 'serial',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const written = new Gate()
        const end = new Gate()
        const holding = trial.ledger.transaction(async (tx) => {
          await tx.put('rows', [{ key: 'a', value: 1 }])
          written.open()
          await end.passed
        })
        await trial.soon('the first write', written.passed)
        const lost = new Gate()
        const impatient = trial.ledger.transaction(async (tx) => {
          void tx.put('rows', [{ key: 'b', value: 1 }]).catch(() => lost.open())
          await turns(2)
          throw new Error('out of time')
        })
        try {
          await assert.rejects(trial.soon('the end of work that gave up', impatient), /out of time/)
          await trial.soon('the end of the write that waited', lost.passed)
        } finally {
          end.open()
        }
        await trial.soon('the end of the one before', holding)
        await trial.soon('the next transaction', trial.put('rows', 'c', 1))
        assert.equal(await trial.value('rows', 'b'), undefined)
      }),
  },
]

type Work = Parameters<Ledger['transaction']>[0]

/** Runs the work in both ledgers so that they meet: where transactions run side by side, both look before either writes. */
async function meet(
  trial: LedgerTrial,
  ledgers: readonly Ledger[],
  work: (tx: Parameters<Work>[0], seen: unknown) => Promise<void>,
): Promise<readonly PromiseSettledResult<void>[]> {
  const looked = new Gate()
  let looks = 0
  return trial.soon(
    'the end of transactions on one row',
    Promise.allSettled(
      ledgers.map((ledger) =>
        ledger.transaction(async (tx) => {
          const seen = await lookUp(tx, 'counters', 'a')
          if (++looks === ledgers.length) looked.open()
          if (ledger.capabilities.concurrency === 'optimistic') await looked.passed
          else await turns(3)
          await work(tx, seen)
        }),
      ),
    ),
  )
}

/** How many committed; the others must have met a conflict, and one must have come through. */
function committed(results: readonly PromiseSettledResult<void>[], { ledger }: LedgerTrial): number {
  for (const result of results) {
    if (result.status === 'rejected')
      assert.ok(result.reason instanceof TransactionConflict, `it failed otherwise: ${String(result.reason)}`)
  }
  const count = results.filter(({ status }) => status === 'fulfilled').length
  assert.ok(count > 0, 'neither committed')
  // All have looked before the first has written.
  if (ledger.capabilities.concurrency === 'optimistic') assert.equal(count, 1, 'more than one committed, none having seen the other')
  return count
}
