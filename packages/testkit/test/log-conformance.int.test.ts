import type { LogCapabilities } from '@tidings/core'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { logConformance } from '../src/conformance/log/log-conformance.ts'
import type { LogSubject } from '../src/conformance/log/log-subject.ts'
import { brokenLogs } from './broken-logs/broken-logs.ts'
import { memoryLogSubject, mongodbLogSubject, sqliteLogSubject } from './log-subjects.ts'

/** A log that is known to be at fault is not waited for as long as one that may only be slow. */
const patienceMs = 300

const onSqlite = await sqliteLogSubject()
afterAll(() => onSqlite[Symbol.asyncDispose]())

/** Missing where there is no server to be had, which the end of the run says. */
const server = inject('mongodbUrl')
const onMongodb = server === undefined ? {} : { MongoDB: mongodbLogSubject(server) }

for (const [name, subject] of Object.entries({ memory: memoryLogSubject(), SQLite: onSqlite, ...onMongodb })) {
  const capabilities = await capabilitiesOf(subject)
  describe(`the log on ${name}`, () => {
    for (const one of logConformance) {
      if (one.requires?.(capabilities) ?? true) test(one.name, () => one.run(subject))
      else test.skip(`${one.name} (${name} does not promise it)`)
    }
  })
}

describe('a log at fault is found', () => {
  for (const { fault, foundBy, on, breaks } of brokenLogs) {
    test(`where ${fault}: ${foundBy}`, async () => {
      const broken = breaks(on === 'SQLite' ? { ...onSqlite, patienceMs } : memoryLogSubject(patienceMs))
      const one = logConformance.find(({ name }) => name === foundBy)
      expect(one?.requires?.(await capabilitiesOf(broken)) ?? true).toBe(true)
      await expect(one?.run(broken)).rejects.toThrow()
    })
  }
})

test('every case of the log finds a fault', () => {
  const found = new Set(brokenLogs.map(({ foundBy }) => foundBy))
  expect([...found].sort()).toEqual(logConformance.map(({ name }) => name).sort())
})

async function capabilitiesOf(subject: LogSubject): Promise<LogCapabilities> {
  const log = await subject.open()
  await log.close()
  return log.capabilities
}
