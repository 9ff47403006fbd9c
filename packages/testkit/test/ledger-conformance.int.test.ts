import type { LedgerCapabilities } from '@tidings/core'
import { afterAll, describe, test } from 'vitest'
import { ledgerConformance } from '../src/conformance/ledger/ledger-conformance.ts'
import { memorySubject, sqliteSubject } from './ledger-subjects.ts'

const onSqlite = await sqliteSubject()
afterAll(() => onSqlite[Symbol.asyncDispose]())

for (const [name, subject] of Object.entries({ memory: memorySubject(), SQLite: onSqlite })) {
  const capabilities = await capabilitiesOf(subject)
  describe(`the ledger on ${name}`, () => {
    for (const one of ledgerConformance) {
      if (one.requires?.(capabilities) ?? true) test(one.name, () => one.run(subject))
    }
  })
}

async function capabilitiesOf(subject: {
  open(): Promise<{ capabilities: LedgerCapabilities; close(): Promise<void> }>
}): Promise<LedgerCapabilities> {
  const ledger = await subject.open()
  await ledger.close()
  return ledger.capabilities
}
