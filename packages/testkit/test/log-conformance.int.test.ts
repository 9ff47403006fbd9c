import type { LogCapabilities } from '@tidings/core'
import { afterAll, describe, test } from 'vitest'
import { logConformance } from '../src/conformance/log/log-conformance.ts'
import type { LogSubject } from '../src/conformance/log/log-subject.ts'
import { memoryLogSubject, sqliteLogSubject } from './log-subjects.ts'

const onSqlite = await sqliteLogSubject()
afterAll(() => onSqlite[Symbol.asyncDispose]())

for (const [name, subject] of Object.entries({ memory: memoryLogSubject(), SQLite: onSqlite })) {
  const capabilities = await capabilitiesOf(subject)
  describe(`the log on ${name}`, () => {
    for (const one of logConformance) {
      if (one.requires?.(capabilities) ?? true) test(one.name, () => one.run(subject))
    }
  })
}

async function capabilitiesOf(subject: LogSubject): Promise<LogCapabilities> {
  const log = await subject.open()
  await log.close()
  return log.capabilities
}
