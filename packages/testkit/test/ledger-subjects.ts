import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DatabaseContext, type Ledger, systemRuntime } from '@tidings/core'
import { MemoryDatabase, type MemoryHandle, memory } from '@tidings/event-store/memory'
import { type MongodbCollection, type MongodbHandle, mongodbDatabase } from '@tidings/event-store/mongodb'
import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import { MongoClient } from 'mongodb'
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

/** The ledger on MongoDB, each in a database of its own that is dropped by {@link Disposable}. */
export function mongodbSubject(server: string): LedgerSubject<MongodbHandle> & AsyncDisposable {
  const names = new WeakMap<Ledger<MongodbHandle>, string>()
  const made = new Set<string>()
  const openOn = async (database: string): Promise<Ledger<MongodbHandle>> => {
    const ledger = await mongodbDatabase({ url: server, database, collections: { own: {} } }).open(contextOf('nowhere'))
    await ledger.prepare?.()
    names.set(ledger, database)
    made.add(database)
    return ledger
  }
  const newName = (): string => `tidings-ledger-${randomBytes(6).toString('hex')}`
  return {
    // Its server has the machine's other work beside it.
    patienceMs: 30_000,
    open: () => openOn(newName()),
    reopen: (ledger) => openOn(names.get(ledger) ?? newName()),
    writeOwn: async (db, key, value) => {
      await own(db).updateOne({ _id: key }, { $set: { value } }, { upsert: true })
    },
    readOwn: async (db, key) => (await own(db).findOne({ _id: key }))?.value,
    [Symbol.asyncDispose]: async () => {
      const client = new MongoClient(server)
      for (const name of made) await client.db(name).dropDatabase()
      await client.close()
    },
  }
}

function own(db: MongodbHandle): MongodbCollection<{ _id: string; value: string }> {
  return db.collection('own')
}

function contextOf(directory: string): DatabaseContext {
  return { service: 'tested', directory, runtime: systemRuntime }
}
