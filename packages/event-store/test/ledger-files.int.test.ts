import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { fileOf, openLedger, putOne, rowsOf } from './open-ledger.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('a missing folder is made, and the file named after the service', async () => {
  const directory = join(await temporaryDirectory(), 'not', 'yet', 'there')
  const ledger = await openLedger(directory)
  await putOne(ledger, 'a', 'here')
  expect((await stat(fileOf(directory))).isFile()).toBe(true)
  expect(ledger.location).toBe(fileOf(directory))
})

test('what was committed is there after closing and opening again, with a synced write-ahead log', async () => {
  const directory = await temporaryDirectory()
  const ledger = await openLedger(directory)
  await putOne(ledger, 'a', 'here')
  const settings = await ledger.transaction(({ db }) =>
    db.get('select journal_mode, synchronous from pragma_journal_mode, pragma_synchronous'),
  )
  expect(settings).toEqual({ journal_mode: 'wal', synchronous: 2 })
  await ledger.close()
  const file = new DatabaseSync(fileOf(directory))
  expect(file.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  file.close()
  expect(await rowsOf(await openLedger(directory))).toEqual(['a=here'])
})

test("another application's database is used as it is, with the ledger beside its tables", async () => {
  const directory = await temporaryDirectory()
  const file = new DatabaseSync(fileOf(directory))
  file.exec("pragma user_version = 7; pragma application_id = 99; create table theirs (a); insert into theirs values ('before')")
  file.close()
  const ledger = await openLedger(directory)
  await ledger.prepare?.()
  await ledger.transaction(async (tx) => {
    await tx.put('rows', [{ key: 'a', value: 'ours' }])
    await tx.db.run("insert into theirs values ('after')")
  })
  await ledger.close()
  const again = new DatabaseSync(fileOf(directory))
  expect(again.prepare('select a from theirs').all()).toEqual([{ a: 'before' }, { a: 'after' }])
  expect(again.prepare('select * from pragma_user_version, pragma_application_id').get()).toEqual({ user_version: 7, application_id: 99 })
  again.close()
})

test('a file that is no database is refused, and left as it is', async () => {
  const directory = await temporaryDirectory()
  const text = 'These are the notes of somebody else. '.repeat(500)
  await writeFile(fileOf(directory), text)
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'STORE_DAMAGED', retryable: false })
  expect(await readFile(fileOf(directory), 'utf8')).toBe(text)
})

test('a folder in the place of the file, or a file in the place of the folder, is a clear error', async () => {
  const directory = await temporaryDirectory()
  await mkdir(fileOf(directory))
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('shelf.db') })
  await writeFile(join(directory, 'file'), '')
  await expect(openLedger(join(directory, 'file'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test('a damaged page gives a typed error to those who need it, and nothing is written on top', async () => {
  const directory = await temporaryDirectory()
  const ledger = await openLedger(directory)
  const value = 'x'.repeat(1_000)
  await ledger.transaction((tx) =>
    tx.put(
      'rows',
      Array.from({ length: 500 }, (_, i) => ({ key: `row ${i}`, value })),
    ),
  )
  await ledger.close()
  const bytes = await readFile(fileOf(directory))
  // The head of the file stays; every page behind the first two is overwritten.
  bytes.fill(0xa5, 2 * 4_096)
  await writeFile(fileOf(directory), bytes)
  const damaged = await openLedger(directory)
  await expect(rowsOf(damaged)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await expect(putOne(damaged, 'row 7', 'new')).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await damaged.close()
  expect(bytes.equals(await readFile(fileOf(directory)))).toBe(true)
})

test('a file that may not be written is a clear error, and stays as it is', async () => {
  const directory = await temporaryDirectory()
  const ledger = await openLedger(directory)
  await putOne(ledger, 'a', 'here')
  await ledger.close()
  await chmod(directory, 0o555)
  await chmod(fileOf(directory), 0o444)
  const before = await readFile(fileOf(directory))
  expect(await outputOf(process.execPath, ...scriptOf('read-only-process.ts', directory))).toBe('STORE_UNAVAILABLE')
  expect(before.equals(await readFile(fileOf(directory)))).toBe(true)
  await chmod(directory, 0o755)
})

test('on a full disk a transaction fails as a whole, in its middle or at its end, and what was committed before it stays', async () => {
  const directory = await temporaryDirectory()
  // 512 KiB or 1 MiB, as the shell counts.
  const limited = ['-c', 'ulimit -f 1024; exec "$0" "$@"', process.execPath, ...scriptOf('full-disk-process.ts', directory)]
  const { committed, codes, seen }: { committed: number[]; codes: string[]; seen: number } = JSON.parse(await outputOf('sh', ...limited))
  expect(committed.length).toBeGreaterThan(0)
  expect(committed).not.toContain(1_000)
  for (const code of codes) expect(code).toMatch(/^(STORE_UNAVAILABLE|COMMIT_OUTCOME_UNKNOWN)$/)
  expect(seen).toBe(committed.length * 10)
  const ledger = await openLedger(directory)
  const rows = await rowsOf(ledger)
  expect(rows).toHaveLength(committed.length * 10)
  expect(new Set(rows.map((row) => Number(row.split(' ')[0])))).toEqual(new Set(committed))
  await putOne(ledger, 'later', 'here')
})

function scriptOf(name: string, directory: string): string[] {
  return ['--conditions=source', '--disable-warning=ExperimentalWarning', fileURLToPath(new URL(name, import.meta.url)), directory]
}

async function outputOf(command: string, ...rest: string[]): Promise<string> {
  return (await promisify(execFile)(command, rest)).stdout
}
