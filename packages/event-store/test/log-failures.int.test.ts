import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import { newEvent } from './new-event.ts'
import { recordingRuntime } from './notes.ts'
import { contentsOf, openLog } from './open-log.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A log whose file can be made to fail: by statements run on it from outside. */
async function fallibleLog() {
  const file = join(await temporaryDirectory(), 'log.db')
  const log = openLog(file)
  await log.append([newEvent(0)])
  const meddle = (script: string): void => {
    const database = new DatabaseSync(file)
    database.exec(script)
    database.close()
  }
  return { file, log, meddle }
}

test('a statement that fails within a group fails the append it belongs to, and no other', async () => {
  const { log, meddle } = await fallibleLog()
  meddle(`CREATE TRIGGER refuse BEFORE INSERT ON events WHEN new.key = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END`)
  const outcomes = await Promise.allSettled([
    log.append([newEvent(1)]),
    log.append([newEvent(2, { key: 'bad' })]),
    log.append([newEvent(3), newEvent(4), newEvent(5, { key: 'bad' })]),
    log.append([newEvent(6), newEvent(7)]),
  ])
  expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code))).toEqual([
    [2],
    'STORE_UNAVAILABLE',
    'STORE_UNAVAILABLE',
    [3, 4],
  ])
  expect((await contentsOf(log)).map(({ key }) => key)).toEqual(['note 0', 'note 1', 'note 6', 'note 7'])
})

test('where SQLite ends the whole transaction by itself, the whole group fails and nothing is committed piece by piece', async () => {
  const { log, meddle } = await fallibleLog()
  meddle(`CREATE TRIGGER refuse BEFORE INSERT ON events WHEN new.key = 'bad' BEGIN SELECT RAISE(ROLLBACK, 'no'); END`)
  const appends = [[newEvent(1)], [newEvent(2), newEvent(3, { key: 'bad' })], [newEvent(4)]].map((events) => log.append(events))
  for (const append of appends) await expect(append).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(await contentsOf(log)).toHaveLength(1)
  expect(await log.append([newEvent(5)])).toEqual([2])
})

test('a commit that fails is AppendOutcomeUnknown to all of its group, and the same ids can be appended when the fault is gone', async () => {
  const { log, meddle } = await fallibleLog()
  // A constraint that SQLite looks at in the commit.
  meddle(`
    CREATE TABLE owners (id INTEGER PRIMARY KEY);
    CREATE TABLE owned (owner INTEGER REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER fail AFTER INSERT ON events WHEN new.key <> 'good' BEGIN INSERT INTO owned VALUES (1); END`)
  const known = (await contentsOf(log))[0]
  const groups = [[newEvent(1)], [newEvent(2), newEvent(3)], [newEvent(9, { id: known?.id ?? '' })]]
  for (const append of groups.map((events) => log.append(events)))
    await expect(append).rejects.toMatchObject({ code: 'LOG_APPEND_OUTCOME_UNKNOWN', retryable: true })
  expect(await contentsOf(log)).toHaveLength(1)
  expect(await log.append([newEvent(4, { key: 'good' })])).toEqual([2])
  meddle('DROP TRIGGER fail')
  expect(await Promise.all(groups.slice(0, 2).map((events) => log.append(events)))).toEqual([[3], [4, 5]])
  await expect(log.append(groups[2] ?? [])).rejects.toMatchObject({ code: 'LOG_EVENT_ID_REUSED', position: 1 })
})

test('on a full disk appends fail, what was acknowledged stays, and nothing else is in the log', async () => {
  const file = join(await temporaryDirectory(), 'log.db')
  // 512 KiB or 1 MiB, as the shell counts.
  const limited = ['-c', 'ulimit -f 1024; exec "$0" "$@"', process.execPath, ...scriptOf('full-disk-log-process.ts', file)]
  const { told, codes }: { told: [string, number][]; codes: string[] } = JSON.parse(await outputOf('sh', ...limited))
  expect(told.length).toBeGreaterThan(10)
  expect(codes.length).toBeGreaterThan(0)
  for (const code of codes) expect(code).toMatch(/^(STORE_UNAVAILABLE|LOG_APPEND_OUTCOME_UNKNOWN)$/)
  const contents = await contentsOf(openLog(file))
  for (const [id, position] of told) expect(contents[position - 1]?.id).toBe(id)
  // What had no known outcome may be there; it was acknowledged when it was repeated, or never.
  expect(contents.length).toBeGreaterThanOrEqual(told.length)
  expect(contents.map(({ position }) => position)).toEqual(Array.from({ length: contents.length }, (_, i) => i + 1))
  expect(await openLog(file).append([newEvent(1)])).toEqual([contents.length + 1])
})

test('a file, or a folder, that may not be written is StoreUnavailable, and stays as it is', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'log.db')
  const log = openLog(file)
  await log.append([newEvent(1)])
  await log.close()
  await chmod(file, 0o444)
  await chmod(directory, 0o555)
  const before = await readFile(file)
  expect(await outputOf(process.execPath, ...scriptOf('read-only-log-process.ts', file))).toBe('STORE_UNAVAILABLE')
  expect(await outputOf(process.execPath, ...scriptOf('read-only-log-process.ts', join(directory, 'new.db')))).toBe('STORE_UNAVAILABLE')
  expect(await outputOf(process.execPath, ...scriptOf('read-only-log-process.ts', join(directory, 'new', 'log.db')))).toBe(
    'STORE_UNAVAILABLE',
  )
  expect(before.equals(await readFile(file))).toBe(true)
  await chmod(directory, 0o755)
})

test('a folder in the place of the file, or a file in the place of its folder, is StoreUnavailable, and a later attempt may succeed', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'log.db'))
  await expect(openLog(join(directory, 'log.db')).sealed()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await writeFile(join(directory, 'data'), '')
  const log = openLog(join(directory, 'data', 'log.db'))
  await expect(log.append([newEvent(1)])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await rm(join(directory, 'data'))
  expect(await log.append([newEvent(1)])).toEqual([1])
})

test('options that are wrong are all named at once, before any file is touched', () => {
  expect(() => sqliteEventLog({ file: '', appendTimeoutMs: -1, pollMs: 0, maxWaiting: Number.NaN })).toThrow(
    /file is no path; appendTimeoutMs is .*; pollMs is .*; maxWaiting is /,
  )
  for (const file of [':memory:', 'file:log.db', 'a\0b'])
    expect(() => sqliteEventLog({ file })).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }))
})

test('whoever throws at a ring is reported, and the log goes on', async () => {
  const { runtime, lines } = recordingRuntime()
  const log = openLog(join(await temporaryDirectory(), 'log.db'), { runtime })
  log.onAdvance(() => {
    throw new Error('no time')
  })
  expect(await log.append([newEvent(1)])).toEqual([1])
  expect(await log.append([newEvent(2)])).toEqual([2])
  expect(lines.join('\n')).toMatch(/error Whoever was told that the log has grown threw an error/)
})

function scriptOf(name: string, ...rest: string[]): string[] {
  return ['--conditions=source', '--disable-warning=ExperimentalWarning', fileURLToPath(new URL(name, import.meta.url)), ...rest]
}

async function outputOf(command: string, ...rest: string[]): Promise<string> {
  return (await promisify(execFile)(command, rest)).stdout
}
