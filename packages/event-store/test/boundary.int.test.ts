import { join } from 'node:path'
import { defineContract, defineService } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import { run } from './notes.ts'
import { startReaderProcess } from './start-reader-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('two services on one database refuse to start, and the error names both', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'one.db')
  const one = defineService(defineContract('one', {}), { database: sqlite({ file }) }).implement({})
  const two = defineService(defineContract('two', {}), { database: sqlite({ file }) }).implement({})
  await expect(run(directory, [one, two])).rejects.toMatchObject({
    code: 'DATABASE_OWNED_BY_ANOTHER',
    message: expect.stringMatching(/one\.db belongs to the service one, so two cannot use it/),
  })
})

test('a service in another process cannot take over a database that is in use', async () => {
  const directory = await temporaryDirectory()
  await startReaderProcess(directory, 5_000)
  const other = defineService(defineContract('other', {}), { database: sqlite({ file: join(directory, 'readers.db') }) }).implement({})
  await expect(run(directory, [other])).rejects.toMatchObject({ code: 'DATABASE_OWNED_BY_ANOTHER', owner: 'readers', service: 'other' })
})
