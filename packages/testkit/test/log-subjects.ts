import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EventLog, newId, systemRuntime } from '@tidings/core'
import { memoryEventLog } from '@tidings/event-store/memory'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import type { LogSubject } from '../src/conformance/log/log-subject.ts'
import { quietRuntime as runtime } from './quiet-runtime.ts'

/** A log in memory has one handle. */
export function memoryLogSubject(patienceMs = 10_000): LogSubject {
  return { patienceMs, open: async () => memoryEventLog({ runtime }), reopen: async (log) => log }
}

/** Logs on SQLite, each in a file of its own in a folder that is removed at the end. */
export async function sqliteLogSubject(): Promise<LogSubject & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'tidings-'))
  const files = new WeakMap<EventLog, string>()
  let count = 0
  const openFile = (file: string): EventLog => {
    const log = sqliteEventLog({ file, runtime })
    files.set(log, file)
    return log
  }
  return {
    open: async () => openFile(join(directory, `${++count}.db`)),
    reopen: async (log) => openFile(files.get(log) ?? ''),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Logs on a MongoDB server, each in a database of its own. They stay there: the server goes with the run. */
export function mongodbLogSubject(server: string): LogSubject {
  const urls = new WeakMap<EventLog, string>()
  const openUrl = (url: string): EventLog => {
    const log = mongodbEventLog({ url, runtime })
    urls.set(log, url)
    return log
  }
  return {
    open: async () => {
      const url = new URL(server)
      url.pathname = `/log-${newId(systemRuntime)}`
      return openUrl(url.href)
    },
    reopen: async (log) => openUrl(urls.get(log) ?? ''),
  }
}
