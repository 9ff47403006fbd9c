import { TransactionEnded } from '@tidings/core'
import { type BrokenLedger, withLedger, withReader, withTransaction } from './break-ledger.ts'

/** Faults in how transactions and ledgers end. */
export const brokenLifetimes: readonly BrokenLedger[] = [
  {
    fault: 'a write after the end is done on its own',
    foundBy: 'a transaction and its handle do nothing after it has ended',
    breaks: withTransaction((tx, ledger) => ({
      put: (table, rows) =>
        tx.put(table, rows).catch((error: unknown) => {
          if (error instanceof TransactionEnded) return ledger.transaction((another) => another.put(table, rows))
          throw error
        }),
    })),
  },
  {
    fault: 'a read after the end is answered',
    foundBy: 'a transaction and its handle do nothing after it has ended',
    breaks: withReader((reader, ledger) => ({
      get: (table, keys) => reader.get(table, keys).catch(() => ledger.read((another) => another.get(table, keys))),
    })),
  },
  {
    fault: 'the handle lives on',
    foundBy: 'a transaction and its handle do nothing after it has ended',
    breaks: (subject) => {
      let newest: Awaited<ReturnType<typeof subject.open>> | undefined
      return {
        ...subject,
        open: async () => {
          newest = await subject.open()
          return newest
        },
        writeOwn: (db, key, value) =>
          subject.writeOwn(db, key, value).catch(async (error: unknown) => {
            if (!(error instanceof TransactionEnded)) throw error
            await newest?.transaction((tx) => subject.writeOwn(tx.db, key, value))
          }),
      }
    },
  },
  {
    fault: 'close does not wait',
    foundBy: 'close waits for open transactions and takes on no more',
    breaks: withLedger((inner) => ({ close: async () => void inner.close() })),
  },
  {
    fault: 'close refuses nobody',
    foundBy: 'close waits for open transactions and takes on no more',
    breaks: withLedger(() => ({ close: async () => {} })),
  },
  {
    fault: 'nothing is left when it is opened again',
    foundBy: 'what was committed is there when the database is opened again',
    breaks: (subject) => durable({ ...subject, reopen: () => subject.open() }),
  },
  {
    fault: 'a dropped table is back when it is opened again',
    foundBy: 'what was committed is there when the database is opened again',
    breaks: (subject) => durable(withTransaction(() => ({ drop: async () => {} }))(subject)),
  },
  {
    fault: 'the clock stands still',
    foundBy: 'the clock tells milliseconds since 1970, moves forward, and is the same for every instance',
    breaks: withLedger(() => ({ now: async () => Date.UTC(2026, 0) })),
  },
  {
    fault: 'the clock counts seconds',
    foundBy: 'the clock tells milliseconds since 1970, moves forward, and is the same for every instance',
    breaks: withLedger((inner) => ({ now: async () => (await inner.now()) / 1_000 })),
  },
  {
    fault: 'each instance has a clock of its own',
    foundBy: 'the clock tells milliseconds since 1970, moves forward, and is the same for every instance',
    breaks: (subject) => {
      let instances = 0
      return withLedger((inner) => {
        const behind = ++instances * 60_000
        return { now: async () => (await inner.now()) - behind }
      })(subject)
    },
  },
]

/** Says of ledgers in memory that they keep what was committed. */
const durable = withLedger((inner) => ({ capabilities: { ...inner.capabilities, durable: true } }))
