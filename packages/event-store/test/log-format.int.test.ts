import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fixtureEvents, fixtureIdentity } from './fixture-events.ts'
import { newEvent } from './new-event.ts'
import { contentsOf, openLog } from './open-log.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('a log that the first release wrote is read as it was written, knows its ids, and goes on', async () => {
  const file = join(await temporaryDirectory(), 'log.db')
  await copyFile(fileURLToPath(new URL('./fixtures/log-format-1.db', import.meta.url)), file)
  const log = openLog(file)
  expect(await log.identity()).toBe(fixtureIdentity)
  expect(await contentsOf(log)).toEqual(fixtureEvents.map((event, i) => ({ ...event, position: i + 1 })))
  expect((await log.read({ after: 0, types: [fixtureEvents[1]?.type ?? ''], limit: 5 })).events.map(({ position }) => position)).toEqual([
    2,
  ])
  expect(await log.append([...fixtureEvents].reverse())).toEqual([5, 4, 3, 2, 1])
  await expect(log.append([newEvent(9, { id: fixtureEvents[0]?.id ?? '' })])).rejects.toMatchObject({
    code: 'LOG_EVENT_ID_REUSED',
    position: 1,
  })
  expect(await log.append([newEvent(6)])).toEqual([6])
})
