import assert from 'node:assert/strict'
import { type Json, type LedgerRange, StatementFailed } from '@tidings/core'
import { type LedgerCase, LedgerTrial, lookUp } from './ledger-trial.ts'

/** In the order of their UTF-8 bytes. UTF-16, which JavaScript sorts by, has the last three in another order. */
const keysInOrder = [
  '',
  '\u0001',
  '!',
  '0',
  'A',
  'Z',
  'a',
  'a\u0000',
  'a\u001fb',
  'a b',
  'aa',
  'b',
  '\u00e9',
  '\u4e2d',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
]

/** Tables and what stands in them. */
export const rows: readonly LedgerCase[] = [
  {
    name: 'values come back as they were, whatever JSON carries, and as objects of their own',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const value = {
          text: 'a "quoted" \\ text\n\u0000\u001f\u2028 é 中 😀',
          long: 'x'.repeat(300_000),
          empty: ['', {}, [], null, false, 0],
          numbers: [-1, 0.1, 1e21, 1.7976931348623157e308, 5e-324, Number.MAX_SAFE_INTEGER, 123456789.12345678],
          'a.b': { $set: { 'a b': [[[{ deep: true }]]] } },
        }
        const values: Json[] = [value, 'text', '', 'null', '1', 1, 0, -1.5, true, false, null, [], {}, [null]]
        await trial.ledger.transaction((tx) =>
          tx.put(
            'values',
            values.map((one, i) => ({ key: String(i).padStart(2, '0'), value: one })),
          ),
        )
        const keys = values.map((_, i) => String(i).padStart(2, '0'))
        assert.deepEqual(await trial.ledger.read((reader) => reader.get('values', keys)), values)
        assert.deepEqual(
          (await trial.ledger.read((reader) => reader.scan('values', { limit: 100 }))).map((row) => row.value),
          values,
        )
        await trial.ledger.transaction(async (tx) => {
          const given = { lines: [1] }
          await tx.put('values', [{ key: 'given', value: given }])
          given.lines.push(2)
          assert.deepEqual(await lookUp(tx, 'values', 'given'), { lines: [1] })
        })
        assert.deepEqual(await trial.value('values', 'given'), { lines: [1] })
        assert.notEqual(await trial.value('values', 'given'), await trial.value('values', 'given'))
      }),
  },
  {
    name: 'a row that is written again has its newest value, also within one put',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('rows', 'a', { first: 1, same: 1 })
        await trial.put('rows', 'a', { same: 2 })
        assert.deepEqual(await trial.value('rows', 'a'), { same: 2 })
        await trial.ledger.transaction((tx) =>
          tx.put('rows', [
            { key: 'a', value: 1 },
            { key: 'b', value: 2 },
            { key: 'a', value: 3 },
          ]),
        )
        assert.deepEqual(await trial.ledger.read((reader) => reader.get('rows', ['a', 'b'])), [3, 2])
      }),
  },
  {
    name: 'get answers in the order asked, with undefined for rows that do not exist',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const keys = Array.from({ length: 3_000 }, (_, i) => `key ${i}`)
        await trial.ledger.transaction((tx) =>
          tx.put(
            'rows',
            keys.map((key, i) => ({ key, value: i })),
          ),
        )
        await trial.ledger.transaction((tx) => tx.remove('rows', ['key 1', 'key 2', 'nobody']))
        assert.deepEqual(await trial.ledger.read((reader) => reader.get('rows', ['key 3', 'nobody', 'key 1', 'key 0', 'key 3', 'KEY 0'])), [
          3,
          undefined,
          undefined,
          0,
          3,
          undefined,
        ])
        assert.deepEqual(await trial.ledger.read((reader) => reader.get('rows', [])), [])
        const expected = keys.map((_, i) => (i === 1 || i === 2 ? undefined : i)).reverse()
        assert.deepEqual(await trial.ledger.read((reader) => reader.get('rows', [...keys].reverse())), expected)
      }),
  },
  {
    name: 'scans are in the order of the keys as UTF-8, with the range from inclusive, before exclusive, and the limit',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const shuffled = [...keysInOrder].sort((a, b) => ((a.length * 7 + a.charCodeAt(0)) % 5) - ((b.length * 7 + b.charCodeAt(0)) % 5))
        for (const key of shuffled) await trial.put('rows', key, key)
        const scanned = (range: LedgerRange): Promise<readonly string[]> =>
          trial.ledger.read(async (reader) =>
            (await reader.scan('rows', range)).map(({ key, value }) => {
              assert.equal(value, key)
              return key
            }),
          )
        assert.deepEqual(await scanned({ limit: 10_000 }), keysInOrder)
        for (const [i, from] of keysInOrder.entries()) {
          assert.deepEqual(await scanned({ from, limit: 100 }), keysInOrder.slice(i))
          assert.deepEqual(await scanned({ before: from, limit: 100 }), keysInOrder.slice(0, i))
          assert.deepEqual(await scanned({ from, limit: 2 }), keysInOrder.slice(i, i + 2))
          assert.deepEqual(await scanned({ from, before: keysInOrder[i + 3], limit: 100 }), keysInOrder.slice(i, i + 3))
        }
        assert.deepEqual(await scanned({ from: 'b', before: 'a', limit: 100 }), [])
        // The same within a transaction, over rows that it wrote itself.
        await trial.ledger.transaction(async (tx) => {
          await tx.put('rows', [{ key: 'a\u0001', value: 'own' }])
          await tx.remove('rows', ['a b', '\uffff'])
          const expected = keysInOrder.filter((key) => key !== 'a b' && key !== '\uffff')
          expected.splice(expected.indexOf('a\u001fb'), 0, 'a\u0001')
          assert.deepEqual(
            (await tx.scan('rows', { limit: 100 })).map(({ key }) => key),
            expected,
          )
        })
      }),
  },
  {
    name: 'a scan that asks for less than 1 row, more than 10,000 or no number of rows fails',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.put('rows', 'a', 1)
        for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10_001]) {
          await assert.rejects(
            trial.ledger.read((reader) => reader.scan('rows', { limit })),
            StatementFailed,
          )
          await assert.rejects(
            trial.ledger.transaction((tx) => tx.scan('rows', { limit })),
            StatementFailed,
          )
        }
      }),
  },
  {
    name: 'where finds exactly the rows that have these values at these paths',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const values: Record<string, Json> = {
          'a true': { flag: true },
          'b one': { flag: 1 },
          'c text one': { flag: '1' },
          'd false': { flag: false },
          'e zero': { flag: 0 },
          'f null': { flag: null },
          'g absent': { other: 1 },
          'h text null': { flag: 'null' },
          'i nested': { fields: { country: 'CH', 'two words': { 'it"s': 'é' } }, flag: true },
          'j nested otherwise': { fields: { country: 'ch' }, 'fields.country': 'CH' },
          'k array': { fields: ['CH'], flag: [true] },
          'l no object': 'CH',
          'm fraction': { flag: 0.1, fields: { country: null } },
          'n quoted': { flag: 'a "b" \\ \n \u0001 \u2028 \u{1f600}' },
          'o empty name': { '': { '': 'x' } },
        }
        for (const [key, value] of Object.entries(values)) await trial.put('rows', key, value)
        const expectations: readonly (readonly [NonNullable<LedgerRange['where']>, readonly string[]])[] = [
          [{}, Object.keys(values)],
          [{ flag: true }, ['a true', 'i nested']],
          [{ flag: 1 }, ['b one']],
          [{ flag: '1' }, ['c text one']],
          [{ flag: false }, ['d false']],
          [{ flag: 0 }, ['e zero']],
          [{ flag: null }, ['f null']],
          [{ flag: 'null' }, ['h text null']],
          [{ flag: 0.1 }, ['m fraction']],
          [{ flag: 'a "b" \\ \n \u0001 \u2028 \u{1f600}' }, ['n quoted']],
          [{ 'fields.country': 'CH' }, ['i nested']],
          [{ 'fields.country': null }, ['m fraction']],
          [{ 'fields.two words.it"s': 'é' }, ['i nested']],
          [{ 'fields.0': 'CH' }, []],
          [{ '.': 'x' }, ['o empty name']],
          [{ 'fields.country': 'CH', flag: true }, ['i nested']],
          [{ 'fields.country': 'CH', flag: false }, []],
          [{ missing: null }, []],
          [{ 'flag.missing': null }, []],
        ]
        for (const [where, expected] of expectations) {
          const found = await trial.ledger.read((reader) => reader.scan('rows', { where, limit: 100 }))
          assert.deepEqual(
            found.map(({ key }) => key),
            expected,
            `where ${JSON.stringify(where)}`,
          )
        }
        const limited = await trial.ledger.read((reader) =>
          reader.scan('rows', { from: 'b', before: 'j', where: { flag: true }, limit: 1 }),
        )
        assert.deepEqual(
          limited.map(({ key }) => key),
          ['i nested'],
        )
      }),
  },
  {
    name: 'a table that does not exist is empty, and can be removed from and dropped',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        await trial.ledger.transaction(async (tx) => {
          assert.deepEqual(await tx.get('missing', ['a', 'b']), [undefined, undefined])
          assert.deepEqual(await tx.scan('missing', { from: 'a', where: { a: 1 }, limit: 10 }), [])
          await tx.remove('missing', ['a'])
          await tx.drop('missing')
          await tx.put('missing', [])
        })
        assert.deepEqual(await trial.ledger.read((reader) => reader.get('missing', ['a'])), [undefined])
        assert.deepEqual(await trial.ledger.read((reader) => reader.scan('missing', { limit: 1 })), [])
      }),
  },
  {
    name: 'a dropped table is gone with all its rows, can be made again, and is back when the drop is rolled back',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const all = (): Promise<unknown> => trial.ledger.read((reader) => reader.scan('rows', { limit: 100 }))
        await trial.put('rows', 'a', 1)
        await trial.put('rows', 'b', 1)
        await trial.put('others', 'a', 1)
        const rolledBack = trial.ledger.transaction(async (tx) => {
          await tx.put('rows', [{ key: 'c', value: 1 }])
          await tx.drop('rows')
          assert.deepEqual(await tx.get('rows', ['a', 'c']), [undefined, undefined])
          assert.deepEqual(await tx.scan('rows', { limit: 10 }), [])
          throw new Error('refused')
        })
        await assert.rejects(rolledBack, /refused/)
        assert.deepEqual(await all(), [
          { key: 'a', value: 1 },
          { key: 'b', value: 1 },
        ])
        await trial.ledger.transaction(async (tx) => {
          await tx.drop('rows')
          await tx.put('rows', [{ key: 'b', value: 2 }])
          assert.deepEqual(await tx.scan('rows', { limit: 10 }), [{ key: 'b', value: 2 }])
        })
        assert.deepEqual(await all(), [{ key: 'b', value: 2 }])
        await trial.ledger.transaction((tx) => tx.drop('rows'))
        assert.deepEqual(await all(), [])
        assert.equal(await trial.value('others', 'a'), 1)
        await trial.put('rows', 'c', 3)
        assert.deepEqual(await all(), [{ key: 'c', value: 3 }])
      }),
  },
  {
    name: 'tables with different names are different tables, and none is the users own',
    run: (subject) =>
      LedgerTrial.run(subject, async (trial) => {
        const names = [
          'copy_customers_1',
          'Customers',
          'customers',
          'CUSTOMERS',
          'two words',
          "it's",
          'a"b',
          'a.b',
          'a-b',
          'a$b',
          'a$24$b',
          'a`b',
          'a[b]',
          'a;b--',
          'é',
          'É',
          '😀',
          'own',
          'migrations',
          `${'x'.repeat(100)}1`,
          `${'x'.repeat(100)}2`,
        ]
        for (const name of names) {
          await trial.ledger.transaction(async (tx) => {
            await tx.put(name, [{ key: 'name', value: name }])
            await trial.writeOwn(tx.db, name, `own ${name}`)
          })
        }
        for (const name of names) {
          assert.deepEqual(await trial.ledger.read((reader) => reader.scan(name, { limit: 10 })), [{ key: 'name', value: name }])
          assert.equal(await trial.own(name), `own ${name}`)
        }
        for (const name of names) {
          await trial.ledger.transaction((tx) => tx.drop(name))
          assert.equal(await trial.value(name, 'name'), undefined)
        }
      }),
  },
]
