import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { newEvent } from './new-event.ts'
import { contentsOf, openLog } from './open-log.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** The file of a closed log that holds so many events, each of about 1 KiB. */
async function writtenLog(events: number): Promise<string> {
  const file = join(await temporaryDirectory(), 'log.db')
  const log = openLog(file)
  const data = JSON.stringify('x'.repeat(1_000))
  await log.append(
    Array.from({ length: events }, (_, i) => newEvent(i, { data, type: i % 10 === 0 ? 'notes.rare' : 'notes.note-written' })),
  )
  await log.close()
  return file
}

/** Runs a script on the file itself. */
function change(file: string, script: string): void {
  const database = new DatabaseSync(file)
  database.exec(script)
  database.close()
}

test('a file that is no database, or whose header is damaged, is StoreDamaged, and stays as it is', async () => {
  const file = await writtenLog(10)
  const bytes = await readFile(file)
  for (const damaged of [
    Buffer.from('Somebody else keeps notes here. '.repeat(500)),
    Buffer.concat([Buffer.alloc(100, 0xa5), bytes.subarray(100)]),
  ]) {
    await writeFile(file, damaged)
    const log = openLog(file)
    for (const work of [log.identity(), log.append([newEvent(1)]), log.read({ after: 0, limit: 1 }), log.sealed()])
      await expect(work).rejects.toMatchObject({ code: 'STORE_DAMAGED', retryable: false, message: expect.stringContaining(file) })
    await log.close()
    expect(damaged.equals(await readFile(file))).toBe(true)
  }
})

test("another application's database is refused, and not a byte of it is changed", async () => {
  for (const mode of ['DELETE', 'WAL']) {
    const file = join(await temporaryDirectory(), 'theirs.db')
    change(file, `PRAGMA journal_mode = ${mode}; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)`)
    const before = await readFile(file)
    const log = openLog(file)
    await expect(log.append([newEvent(1)])).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining("another application's database"),
    })
    await log.close()
    expect(before.equals(await readFile(file))).toBe(true)
  }
})

test('a log that a newer release wrote is FormatUnknown, and not a byte of it is changed', async () => {
  const file = await writtenLog(10)
  change(file, 'UPDATE tidings_log SET format = 2; PRAGMA journal_mode = DELETE')
  const before = await readFile(file)
  const log = openLog(file)
  for (const work of [log.append([newEvent(1)]), log.read({ after: 0, limit: 1 })])
    await expect(work).rejects.toMatchObject({ code: 'STORE_FORMAT_UNKNOWN', found: 2, known: 1 })
  await log.close()
  expect(before.equals(await readFile(file))).toBe(true)
})

test('a log without its identity or its events is StoreDamaged', async () => {
  for (const script of ['DELETE FROM tidings_log', 'DROP TABLE events']) {
    const file = await writtenLog(10)
    change(file, script)
    await expect(openLog(file).sealed()).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  }
})

test.each([
  ['overwritten', (page: Buffer) => page.fill(0xa5)],
  ['zeroed', (page: Buffer) => page.fill(0)],
])('whichever page is %s, a read answers what was written, or fails with StoreDamaged: it never leaves out an event', async (_, damage) => {
  const file = await writtenLog(300)
  const whole = await contentsOf(openLog(file))
  const bytes = await readFile(file)
  const pages = bytes.length / 4_096
  let found = 0
  for (let page = 1; page < pages; page++) {
    const damaged = join(await temporaryDirectory(), 'log.db')
    const copy = Buffer.from(bytes)
    damage(copy.subarray(page * 4_096, (page + 1) * 4_096))
    await writeFile(damaged, copy)
    const log = openLog(damaged)
    for (const types of [undefined, ['notes.rare']]) {
      try {
        const events = []
        for (let after = 0; after < 300; ) {
          const stretch = await log.read({ after, limit: 20, ...(types === undefined ? {} : { types }) })
          events.push(...stretch.events)
          after = stretch.upTo
        }
        expect(events).toEqual(whole.filter(({ type }) => types?.includes(type) ?? true))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'STORE_DAMAGED')) throw error
        found++
      }
    }
    await log.close()
  }
  expect(found).toBeGreaterThan(0)
})

test('an append to a damaged log is StoreDamaged, and what could be read before can be read afterwards', async () => {
  const file = await writtenLog(300)
  const bytes = await readFile(file)
  // The head of the file stays; every page behind the first three is overwritten.
  bytes.fill(0xa5, 3 * 4_096)
  await writeFile(file, bytes)
  const log = openLog(file)
  for (let i = 0; i < 3; i++) await expect(log.append([newEvent(i)])).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await log.close()
  expect(bytes.equals(await readFile(file))).toBe(true)
})

test('an event that somebody deleted is missed by name: the log is StoreDamaged from there on', async () => {
  const file = await writtenLog(30)
  change(file, 'DELETE FROM events WHERE position = 17')
  const log = openLog(file)
  expect((await log.read({ after: 0, limit: 16 })).events).toHaveLength(16)
  await expect(log.read({ after: 0, limit: 20 })).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
    message: expect.stringContaining('position 17'),
  })
  await expect(log.read({ after: 16, limit: 1 })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test('an event whose stored headers are no JSON is StoreDamaged with its position', async () => {
  const file = await writtenLog(30)
  change(file, `UPDATE events SET headers = '{"a":' WHERE position = 11`)
  const log = openLog(file)
  for (const types of [undefined, ['notes.rare']])
    await expect(log.read({ after: 0, limit: 30, ...(types === undefined ? {} : { types }) })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('position 11'),
    })
})

test('a file that was removed or replaced while it was open is StoreUnavailable: nothing is written where nobody will find it', async () => {
  const file = await writtenLog(10)
  const log = openLog(file)
  await log.append([newEvent(10)])
  const copy = `${file}.copy`
  await copyFile(file, copy)
  const aside = `${file}.aside`
  await rename(file, aside)
  for (const what of ['removed', 'replaced']) {
    for (const work of [() => log.append([newEvent(11)]), () => log.read({ after: 0, limit: 1 }), () => log.sealed()])
      await expect(work()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(what) })
    await copyFile(copy, file)
  }
  await rename(aside, file)
  expect(await log.append([newEvent(11)])).toEqual([12])
})

test('a log whose whole folder was removed says so, and listening to it goes on without harm', async () => {
  const folder = join(await temporaryDirectory(), 'data')
  const file = join(folder, 'log.db')
  const log = openLog(file, { pollMs: 5 })
  let rung = 0
  log.onAdvance(() => void rung++)
  await log.append([newEvent(1)])
  await rm(folder, { recursive: true })
  await expect(log.append([newEvent(2)])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  const before = rung
  await expect.poll(() => rung).toBeGreaterThan(before + 2)
  await mkdir(folder)
  await expect(log.sealed()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await log.close()
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
})
