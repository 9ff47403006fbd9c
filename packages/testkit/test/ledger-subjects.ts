import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DatabaseContext, type Ledger, systemRuntime } from '@tidings/core'
import { MemoryDatabase, type MemoryHandle, memory } from '@tidings/event-store/memory'
import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import type { LedgerSubject } from '../src/conformance/ledger/ledger-subject.ts'

/** The memory ledger, several of which share their rows. */
export function memorySubject(patienceMs = 10_000): LedgerSubject<MemoryHandle> {
  const databases = new WeakMap<Ledger<MemoryHandle>, MemoryDatabase>()
  const openOn = async (shared: MemoryDatabase): Promise<Ledger<MemoryHandle>> => {
    const ledger = await memory({ shared }).open(contextOf('nowhere'))
    databases.set(ledger, shared)
    return ledger
  }
  return {
    patienceMs,
    open: () => openOn(new MemoryDatabase()),
    reopen: (ledger) => openOn(databases.get(ledger) ?? new MemoryDatabase()),
    writeOwn: (db, key, value) => db.put('own', key, value),
    readOwn: (db, key) => db.get<string>('own', key),
  }
}

/** The SQLite ledger, each in a file of its own in a folder that is removed by {@link Disposable}. */
export async function sqliteSubject(): Promise<LedgerSubject<SqliteHandle> & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'tidings-'))
  let files = 0
  const openFile = async (file: string): Promise<Ledger<SqliteHandle>> => {
    const ledger = await sqlite({ file, migrations: ['create table own (key text primary key, value text) strict'] }).open(
      contextOf(directory),
    )
    await ledger.prepare?.()
    return ledger
  }
  return {
    open: () => openFile(join(directory, `${++files}.db`)),
    reopen: (ledger) => openFile(ledger.location),
    writeOwn: async (db, key, value) => {
      await db.run('insert into own values (?, ?) on conflict (key) do update set value = excluded.value', key, value)
    },
    readOwn: async (db, key) => (await db.get<{ value: string }>('select value from own where key = ?', key))?.value,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

function contextOf(directory: string): DatabaseContext {
  return { service: 'tested', directory, runtime: systemRuntime }
}
