import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { defineContract, defineService } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import { notesService, readersService, run, see, seen, write } from './notes.ts'
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

test('a log that was restored from a backup is found to have diverged, with the ways out, and nothing is changed', async () => {
  const directory = await temporaryDirectory()
  const service = readersService((note, ctx) => see(ctx, 'r', note))
  const first = await run(directory, [notesService, service])
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  const backup = join(directory, 'backup.db')
  await cp(join(directory, 'log.db'), backup)
  const second = await run(directory, [notesService, service])
  await write(second, ['b', '1'], ['c', '1'])
  await second.settled()
  await second.stop()
  await cp(backup, join(directory, 'log.db'))
  await expect(run(directory, [notesService, service])).rejects.toMatchObject({
    code: 'LOG_DIVERGED',
    position: 3,
    message: expect.stringMatching(/checkpoint is at position 3, but the log ends at 1.*Ways out/),
  })
  // The log goes on without the service, so that other events stand where the checkpoint is.
  const without = await run(directory, [notesService])
  await write(without, ['x', '1'], ['y', '1'], ['z', '1'])
  await without.stop()
  await expect(run(directory, [notesService, service])).rejects.toMatchObject({
    code: 'LOG_DIVERGED',
    message: expect.stringContaining('at position 3 it has handled event'),
  })
  await expect(run(directory, [service])).rejects.toMatchObject({ code: 'LOG_DIVERGED' })
})

test('a database that was fed from another log is refused', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'shared-readers.db')
  const service = {
    ...readersService((note, ctx) => see(ctx, 'r', note)),
    database: sqlite({ file, migrations: ['create table seen (number integer primary key, handler text, note text, text text) strict'] }),
  }
  const first = await run(directory, [notesService, service])
  await write(first, ['a', '1'])
  await first.settled()
  expect(await seen(first)).toEqual(['r a 1'])
  await first.stop()
  await expect(run(join(directory, 'elsewhere'), [service])).rejects.toMatchObject({
    code: 'LOG_DIVERGED',
    message: expect.stringContaining('fed from log'),
  })
})
