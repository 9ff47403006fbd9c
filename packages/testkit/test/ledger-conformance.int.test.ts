import type { LedgerCapabilities } from '@tidings/core'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { ledgerConformance } from '../src/conformance/ledger/ledger-conformance.ts'
import type { LedgerSubject } from '../src/conformance/ledger/ledger-subject.ts'
import { brokenLedgers } from './broken-ledgers/broken-ledgers.ts'
import { memorySubject, mongodbSubject, sqliteSubject } from './ledger-subjects.ts'

/** A ledger that is known to be at fault is not waited for as long as one that may only be slow. */
const patienceMs = 300

const onSqlite = await sqliteSubject()
afterAll(() => onSqlite[Symbol.asyncDispose]())

const server = inject('mongodbUrl')
const onMongodb = server === undefined ? undefined : mongodbSubject(server)
afterAll(() => onMongodb?.[Symbol.asyncDispose]())

const subjects = { memory: memorySubject(), SQLite: onSqlite, ...(onMongodb === undefined ? {} : { MongoDB: onMongodb }) }

for (const [name, subject] of Object.entries<LedgerSubject>(subjects)) {
  const capabilities = await capabilitiesOf(subject)
  describe(`the ledger on ${name}`, () => {
    for (const one of ledgerConformance) {
      if (one.requires?.(capabilities) ?? true) test(one.name, () => one.run(subject))
    }
  })
}

describe('a ledger at fault is found', () => {
  for (const { fault, foundBy, on, breaks } of brokenLedgers) {
    test(`where ${fault}: ${foundBy}`, async () => {
      const broken = breaks(on === 'SQLite' ? { ...onSqlite, patienceMs } : memorySubject(patienceMs))
      const one = ledgerConformance.find(({ name }) => name === foundBy)
      expect(one?.requires?.(await capabilitiesOf(broken)) ?? true).toBe(true)
      await expect(one?.run(broken)).rejects.toThrow()
    })
  }
})

test('every case of the ledger finds a fault', () => {
  const found = new Set(brokenLedgers.map(({ foundBy }) => foundBy))
  expect([...found].sort()).toEqual(ledgerConformance.map(({ name }) => name).sort())
})

async function capabilitiesOf(subject: LedgerSubject): Promise<LedgerCapabilities> {
  const ledger = await subject.open()
  await ledger.close()
  return ledger.capabilities
}
