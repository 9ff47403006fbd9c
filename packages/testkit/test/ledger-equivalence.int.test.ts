import type { Json, Ledger, LedgerRange, LedgerReader, LedgerTransaction } from '@tidings/core'
import * as fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import type { LedgerSubject } from '../src/conformance/ledger/ledger-subject.ts'
import { memorySubject, mongodbSubject, sqliteSubject } from './ledger-subjects.ts'

type Step = (tx: LedgerTransaction<unknown>) => Promise<unknown>
type Look = (reader: LedgerReader) => Promise<unknown>

const table = fc.constantFrom('rows', 'Rows', 'others')
// Few keys, so that steps meet; among them those that UTF-8 and UTF-16 put in another order.
const key = fc.oneof(fc.constantFrom('', 'a', 'b', 'B', 'a\u001f', 'é', '\uffff', '\u{10000}'), fc.string({ unit: 'binary', maxLength: 3 }))
const bare = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, '', '1', 'true', 'null'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'grapheme' }),
)
const field = fc.constantFrom('a', 'b', 'a b', '"', '\\', '', '0', 'é', '$', '$a', 'a.b', '__proto__', '_bsontype', '\0', '[0]', '\n')
const value: fc.Arbitrary<Json> = fc.oneof(
  bare,
  fc.dictionary(field, fc.oneof(bare, fc.array(bare, { maxLength: 2 }), fc.dictionary(field, bare, { maxKeys: 3 })), { maxKeys: 3 }),
)
const where = fc.dictionary(
  fc.oneof(
    field,
    fc.tuple(field, field).map((path) => path.join('.')),
  ),
  bare,
  { minKeys: 1, maxKeys: 2 },
)

const range: fc.Arbitrary<LedgerRange> = fc.record(
  { from: key, before: key, limit: fc.constantFrom(1, 2, 3, 10_000), where },
  { requiredKeys: ['limit'] },
)
const look: fc.Arbitrary<Look> = fc.oneof(
  fc.tuple(table, fc.array(key)).map(
    ([name, keys]): Look =>
      (reader) =>
        reader.get(name, keys),
  ),
  fc.tuple(table, range).map(
    ([name, asked]): Look =>
      (reader) =>
        reader.scan(name, asked),
  ),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  look,
  fc.tuple(table, fc.array(fc.record({ key, value }))).map(
    ([name, rows]): Step =>
      (tx) =>
        tx.put(name, rows),
  ),
  fc.tuple(table, fc.array(key)).map(
    ([name, keys]): Step =>
      (tx) =>
        tx.remove(name, keys),
  ),
  table.map(
    (name): Step =>
      (tx) =>
        tx.drop(name),
  ),
)
const transaction = fc.record({ steps: fc.array(step, { maxLength: 8 }), commits: fc.boolean(), after: fc.array(look, { maxLength: 3 }) })

/** Runs the transactions; everything that was answered, in order. */
async function answers(ledger: Ledger, transactions: readonly { steps: Step[]; commits: boolean; after: Look[] }[]): Promise<unknown[]> {
  const all: unknown[] = []
  const told = async (answer: Promise<unknown>): Promise<void> => {
    all.push(await answer.catch((error: { code?: unknown }) => ({ failed: error.code })))
  }
  for (const { steps, commits, after } of transactions) {
    await ledger
      .transaction(async (tx) => {
        for (const one of steps) await told(one(tx))
        if (!commits) throw new Error('rolled back')
      })
      .catch(() => {})
    await ledger.read(async (reader) => {
      for (const one of after) await told(one(reader))
    })
  }
  return all
}

/** What is written, rolled back, dropped and looked for is answered as the ledger in memory answers it. */
async function answersAsMemoryDoes(subject: LedgerSubject & AsyncDisposable, numRuns: number): Promise<void> {
  await using tested = subject
  const inMemory = memorySubject()
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 6 }), async (transactions) => {
      const [memory, ledger] = [await inMemory.open(), await tested.open()]
      try {
        expect(await answers(ledger, transactions)).toEqual(await answers(memory, transactions))
      } finally {
        await ledger.close()
      }
    }),
    { numRuns },
  )
}

test('whatever is written, rolled back, dropped and looked for, memory and SQLite answer the same', async () => {
  await answersAsMemoryDoes(await sqliteSubject(), 80)
})

const server = inject('mongodbUrl')

test.skipIf(server === undefined)(
  'whatever is written, rolled back, dropped and looked for, memory and MongoDB answer the same',
  async () => {
    await answersAsMemoryDoes(mongodbSubject(server ?? ''), 40)
  },
  // Each run is some hundred round trips, and the server syncs each of its commits.
  240_000,
)
