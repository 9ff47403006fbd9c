import { StoreUnavailable, TransactionConflict } from '@tidings/core'
import { type BrokenLedger, replacing, type Transaction, Turnstile, withLedger, withReader, withTransaction } from './break-ledger.ts'

/** Writes each row at once, in a transaction of its own. */
const writesAtOnce = withTransaction((_, ledger) => ({
  put: (table, rows) => ledger.transaction((tx) => tx.put(table, rows)),
  remove: (table, keys) => ledger.transaction((tx) => tx.remove(table, keys)),
}))

/** Writes again, whatever was written meanwhile, where it should tell of a conflict. */
const lastWins = withLedger((inner) => ({
  transaction: async (work, signal) => {
    const writes: ((tx: Transaction) => Promise<void>)[] = []
    const recorded =
      <A extends unknown[]>(write: (tx: Transaction, ...values: A) => Promise<void>, tx: Transaction) =>
      (...values: A) => {
        writes.push((again) => write(again, ...values))
        return write(tx, ...values)
      }
    let answer: Awaited<ReturnType<typeof work>> | undefined
    try {
      return await inner.transaction(async (tx) => {
        answer = await work(
          replacing(tx, {
            put: recorded((into, table, rows) => into.put(table, rows), tx),
            remove: recorded((into, table, keys) => into.remove(table, keys), tx),
            drop: recorded((into, table) => into.drop(table), tx),
          }),
        )
        return answer
      }, signal)
    } catch (error) {
      if (!(error instanceof TransactionConflict)) throw error
      await inner.transaction(async (tx) => {
        for (const write of writes) await write(tx)
      })
      return answer as Awaited<ReturnType<typeof work>>
    }
  },
}))

/** Faults in what a transaction holds together, sees and waits for. */
export const brokenTransactions: readonly BrokenLedger[] = [
  {
    fault: 'the second put of a transaction is forgotten',
    foundBy: 'ledger rows and own rows of one transaction are committed together',
    breaks: withTransaction((tx) => {
      let puts = 0
      return { put: async (table, rows) => (++puts === 2 ? undefined : tx.put(table, rows)) }
    }),
  },
  {
    fault: 'own rows are not written',
    foundBy: 'ledger rows and own rows of one transaction are committed together',
    breaks: (subject) => ({ ...subject, writeOwn: async () => {} }),
  },
  {
    fault: 'work that rejects is committed all the same',
    foundBy: 'work that rejects leaves neither ledger rows nor own rows, and its error comes through as it is',
    breaks: withLedger((inner) => ({
      transaction: async (work) => {
        const outcome = await inner.transaction((tx) =>
          work(tx).then(
            (answer) => ({ answer }),
            (error: unknown) => ({ error }),
          ),
        )
        if ('error' in outcome) throw outcome.error
        return outcome.answer
      },
    })),
  },
  {
    fault: 'the error of the work is wrapped',
    foundBy: 'work that rejects leaves neither ledger rows nor own rows, and its error comes through as it is',
    breaks: withLedger((inner) => ({
      transaction: (work, signal) =>
        inner.transaction(work, signal).catch((cause: unknown) => {
          throw new Error('The transaction failed.', { cause })
        }),
    })),
  },
  {
    fault: 'the signal is not looked at',
    foundBy: 'a transaction that is aborted before its commit leaves nothing, and one aborted beforehand does not run',
    breaks: withLedger((inner) => ({ transaction: (work) => inner.transaction(work), read: (work) => inner.read(work) })),
  },
  {
    fault: 'the signal is looked at before the work only',
    foundBy: 'a transaction that is aborted before its commit leaves nothing, and one aborted beforehand does not run',
    breaks: withLedger((inner) => ({
      transaction: async (work, signal) => {
        signal?.throwIfAborted()
        return inner.transaction(work)
      },
    })),
  },
  {
    fault: 'rows are written at once',
    foundBy: 'a transaction that met a conflict leaves nothing',
    breaks: writesAtOnce,
  },
  {
    fault: 'a conflict is not told',
    foundBy: 'a transaction that met a conflict leaves nothing',
    breaks: lastWins,
  },
  {
    fault: 'what is not awaited is written on its own',
    foundBy: 'a write that nobody awaited is part of the transaction or refused, never on its own',
    breaks: writesAtOnce,
  },
  {
    fault: 'queries are transactions',
    foundBy: 'a query cannot write',
    breaks: withLedger((inner) => ({ read: (work, signal) => inner.transaction(work, signal) })),
  },
  {
    fault: 'reads of a transaction see committed rows only',
    foundBy: 'a transaction sees its own writes',
    breaks: withTransaction((_, ledger) => ({ get: (table, keys) => ledger.read((reader) => reader.get(table, keys)) })),
  },
  {
    fault: 'scans of a transaction see committed rows only',
    foundBy: 'a transaction sees its own writes',
    breaks: withTransaction((_, ledger) => ({ scan: (table, range) => ledger.read((reader) => reader.scan(table, range)) })),
  },
  {
    fault: 'rows are remembered from the first look on',
    foundBy: 'a read sees what was committed before it began, by this instance or another',
    breaks: withLedger((inner) => {
      const remembered = new Map<string, ReturnType<Transaction['get']>>()
      return {
        read: (work, signal) =>
          inner.read(
            (reader) =>
              work(
                replacing(reader, {
                  get: (table, keys) => {
                    const known = remembered.get(`${table} ${keys.join()}`) ?? reader.get(table, keys)
                    remembered.set(`${table} ${keys.join()}`, known)
                    return known
                  },
                }),
              ),
            signal,
          ),
      }
    }),
  },
  {
    fault: 'uncommitted rows are seen',
    foundBy: 'a read sees nothing that is not committed, and does not wait for the writer',
    breaks: writesAtOnce,
  },
  {
    fault: 'queries wait for transactions',
    foundBy: 'a read sees nothing that is not committed, and does not wait for the writer',
    breaks: withLedger((inner) => {
      const door = new Turnstile(1)
      return {
        transaction: (work, signal) => door.pass(() => inner.transaction(work, signal)),
        read: (work, signal) => door.pass(() => inner.read(work, signal)),
      }
    }),
  },
  {
    fault: 'each read of a query sees the newest state',
    foundBy: 'all reads of one query see the same state, also of tables that did not exist',
    breaks: withLedger((inner) => ({
      read: (work) =>
        inner.read((reader) =>
          work(
            replacing(reader, {
              get: (table, keys) => inner.read((fresh) => fresh.get(table, keys)),
              scan: (table, range) => inner.read((fresh) => fresh.scan(table, range)),
            }),
          ),
        ),
    })),
  },
  {
    fault: 'tables that were missing are looked for anew',
    foundBy: 'all reads of one query see the same state, also of tables that did not exist',
    breaks: withReader((reader, ledger) => ({
      get: async (table, keys) => {
        const known = await reader.scan(table, { limit: 1 })
        return known.length > 0 ? reader.get(table, keys) : ledger.read((fresh) => fresh.get(table, keys))
      },
    })),
  },
  {
    fault: 'transactions begin when they are asked for',
    foundBy: 'a transaction begins at its first use and not before',
    breaks: withLedger((inner) => ({
      transaction: (work, signal) =>
        inner.transaction(async (tx) => {
          await tx.get('lanes', ['a'])
          return work(tx)
        }, signal),
    })),
  },
  {
    fault: 'transactions begin when they are asked for, and hide it',
    foundBy: 'a transaction begins at its first use and not before',
    breaks: withLedger((inner) => ({
      transaction: (work, signal) =>
        inner.transaction(async (tx) => {
          await tx.get('lanes', ['a'])
          let begun = false
          const hiding =
            <A extends unknown[], R>(use: (...values: A) => R) =>
            (...values: A): R => {
              begun = true
              return use.apply(tx, values)
            }
          const hidden = replacing(tx, {
            get: hiding(tx.get),
            scan: hiding(tx.scan),
            put: hiding(tx.put),
            remove: hiding(tx.remove),
            drop: hiding(tx.drop),
          })
          return work(new Proxy(hidden, { get: (target, name) => (name === 'begun' ? begun : Reflect.get(target, name)) }))
        }, signal),
    })),
  },
  {
    fault: 'transactions have always begun',
    foundBy: 'a transaction begins at its first use and not before',
    breaks: withTransaction(() => ({ begun: true })),
  },
  {
    fault: 'transactions never seem to begin',
    foundBy: 'a transaction begins at its first use and not before',
    breaks: withTransaction(() => ({ begun: false })),
  },
  {
    fault: 'transactions run one after the other from the start',
    foundBy: 'a transaction that is never used blocks nobody and is no conflict',
    breaks: withLedger((inner) => {
      const door = new Turnstile(1)
      return { transaction: (work, signal) => door.pass(() => inner.transaction(work, signal)) }
    }),
  },
  {
    fault: 'queries take their place at once',
    foundBy: 'a transaction that is never used blocks nobody and is no conflict',
    breaks: withLedger((inner) => {
      const door = new Turnstile(4)
      return { read: (work, signal) => door.pass(() => inner.read(work, signal)) }
    }),
  },
  ...[
    'of two transactions that write one row both commit only if one has seen the other',
    'of two transactions that remove and write one row both commit only if one has seen the other',
    'of a transaction that drops a table and one that writes a row of it both commit only if one has seen the other',
    'of two transactions that make the same new row both commit only if one has seen the other',
    'no increment is lost when 64 transactions in two instances increment one row, each until it has committed',
  ].map((foundBy) => ({ fault: 'the last one wins', foundBy, breaks: lastWins })),
  {
    fault: 'more than 32 at once are turned away',
    foundBy: '64 transactions at once, on rows of their own, all commit',
    breaks: withLedger((inner) => {
      let open = 0
      return {
        transaction: async (work, signal) => {
          if (open === 32) throw new StoreUnavailable({ store: inner.location, reason: 'too many at once' })
          open++
          return inner.transaction(work, signal).finally(() => open--)
        },
      }
    }),
  },
  {
    fault: 'rows are written at once',
    foundBy: 'of 64 handlers that await at once none sees what another has not committed',
    breaks: writesAtOnce,
  },
  {
    fault: 'only four queries have a snapshot at once',
    foundBy: '16 queries at once that wait for each other all have their snapshot',
    breaks: withLedger((inner) => {
      const door = new Turnstile(4)
      return { read: (work, signal) => door.pass(() => inner.read(work, signal)) }
    }),
  },
  {
    fault: 'the signal is not looked at while waiting',
    foundBy: 'a transaction that is aborted while it waits for another gives up at once, and those behind it go on',
    on: 'SQLite',
    breaks: withLedger((inner) => ({ transaction: (work) => inner.transaction(work) })),
  },
  {
    fault: 'work that has given up still waits for its place',
    foundBy: 'work that gives up while its first use still waits does not hold up those behind it',
    on: 'SQLite',
    breaks: withLedger((inner) => {
      const door = new Turnstile(1)
      return { transaction: (work, signal) => door.pass(() => inner.transaction(work, signal)) }
    }),
  },
]
