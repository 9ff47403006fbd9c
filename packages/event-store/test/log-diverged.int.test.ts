import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { defineContract, defineService } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import { NoteWritten, notesService, readersService, run, see, seen, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const readersOf = () => readersService((note, ctx) => see(ctx, 'r', note))
const counters = defineService(defineContract('counters', {}))
  .on(NoteWritten, async () => {}, { from: 'beginning' })
  .implement({})

/** What stands in a folder, file by file. */
async function contentsOf(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort()
  const digests = names.map(async (name) => [
    name,
    createHash('sha256')
      .update(await readFile(join(directory, name)))
      .digest('hex'),
  ])
  return Object.fromEntries(await Promise.all(digests))
}

test('a log that was restored from a backup is found to have diverged, with the ways out, and nothing is changed', async () => {
  const directory = await temporaryDirectory()
  const services = [notesService, readersOf()] as const
  const first = await run(directory, services)
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  const backup = join(directory, 'backup.db')
  await cp(join(directory, 'log.db'), backup)
  const second = await run(directory, services)
  await write(second, ['b', '1'], ['c', '1'])
  await second.settled()
  await second.stop()
  await cp(backup, join(directory, 'log.db'))
  const before = await contentsOf(directory)
  await expect(run(directory, services)).rejects.toMatchObject({
    code: 'LOG_DIVERGED',
    log: join(directory, 'log.db'),
    divergences: [{ service: 'readers', database: join(directory, 'readers.db'), position: 3 }],
    message: expect.stringMatching(
      /log\.db is not the one.*readers\.db\) has its checkpoint at position 3, but the log ends at 1.*Ways out.*reaches position 3/,
    ),
  })
  expect(await contentsOf(directory)).toEqual(before)
  // The log goes on without the service, so that other events stand where the checkpoint is.
  const without = await run(directory, [notesService])
  await write(without, ['x', '1'], ['y', '1'], ['z', '1'])
  await without.stop()
  await expect(run(directory, services)).rejects.toMatchObject({
    code: 'LOG_DIVERGED',
    message: expect.stringMatching(/has handled event \S+ at position 3, but the log holds event \S+ there/),
  })
  await expect(run(directory, [services[1]])).rejects.toMatchObject({ code: 'LOG_DIVERGED' })
})

test('where services have worked with a log and there is none, all of them are named and none is made', async () => {
  const directory = await temporaryDirectory()
  const services = [notesService, readersOf(), counters] as const
  const first = await run(directory, services)
  await write(first, ['a', '1'], ['b', '1'])
  await first.settled()
  await first.stop()
  for (const name of await readdir(directory)) if (name.startsWith('log.db')) await rm(join(directory, name))
  const before = await contentsOf(directory)
  const refused = {
    code: 'LOG_DIVERGED',
    divergences: [
      { service: 'notes', position: 0, found: expect.stringMatching(/^belongs to log \S+, but there is no log here$/) },
      {
        service: 'readers',
        position: 2,
        found: expect.stringMatching(/^has its checkpoint at position 2 of log \S+, but there is no log here$/),
      },
      { service: 'counters', position: 2 },
    ],
  }
  await expect(run(directory, services)).rejects.toMatchObject(refused)
  expect(await contentsOf(directory)).toEqual(before)
})

test('a database that was fed from another log is refused, and a log that is new to it is not made', async () => {
  const directory = await temporaryDirectory()
  const migrations = ['create table seen (number integer primary key, handler text, note text, text text) strict']
  const service = { ...readersOf(), database: sqlite({ file: join(directory, 'shared-readers.db'), migrations }) }
  const first = await run(directory, [notesService, service])
  await write(first, ['a', '1'])
  await first.settled()
  expect(await seen(first)).toEqual(['r a 1'])
  await first.stop()
  const elsewhere = join(directory, 'elsewhere')
  await mkdir(elsewhere)
  await expect(run(elsewhere, [service])).rejects.toMatchObject({
    code: 'LOG_DIVERGED',
    message: expect.stringContaining('there is no log here'),
  })
  expect(await readdir(elsewhere)).toEqual([])
  await (await run(elsewhere, [notesService])).stop()
  await expect(run(elsewhere, [service])).rejects.toMatchObject({
    code: 'LOG_DIVERGED',
    message: expect.stringMatching(/readers .* has its checkpoint at position 1 of log \S+, but this is log/),
  })
})

test('a service that is new is not bound to a log from which another one has diverged', async () => {
  const directory = await temporaryDirectory()
  const elsewhere = join(directory, 'elsewhere')
  const file = join(directory, 'shared-readers.db')
  const migrations = ['create table seen (number integer primary key, handler text, note text, text text) strict']
  const old = { ...readersOf(), database: sqlite({ file, migrations }) }
  const added = { ...counters, database: sqlite({ file: join(directory, 'added.db') }) }
  const first = await run(directory, [notesService, old])
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  await (await run(elsewhere, [notesService])).stop()
  await expect(run(elsewhere, [added, old])).rejects.toMatchObject({ divergences: [{ service: 'readers' }] })
  const both = await run(directory, [notesService, added, old])
  await both.settled()
  expect(await seen(both)).toEqual(['r a 1'])
})
