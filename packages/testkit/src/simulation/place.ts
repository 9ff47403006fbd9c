import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog, Runtime } from '@tidings/core'
import { MemoryDatabase, memoryEventLog } from '@tidings/event-store/memory'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import type { SimulatedProcess } from './simulated-process.ts'

const inMemory = '/dev/shm'

/** Where the log and the databases of a run are. */
export class Place {
  readonly #folder: string | undefined
  readonly #shared: EventLog | undefined
  readonly #databases = new Map<string, MemoryDatabase | string>()
  readonly #watchers = new Set<() => void>()

  /** @param runtime For the log that all processes share, where it is in memory. */
  constructor(store: 'memory' | 'sqlite', runtime: Runtime) {
    if (store === 'memory') this.#shared = memoryEventLog({ runtime })
    // A file system in memory spares the disk the syncs of thousands of runs.
    else this.#folder = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), 'tidings-simulation-'))
  }

  /** The log as one process opens it: on SQLite with connections of its own, which are gone when it dies. */
  openLogFor(process: SimulatedProcess): EventLog {
    const log = this.openLog(process.runtime)
    process.onCrash(() => {
      // As the end of a process would.
      if ('abandon' in log && typeof log.abandon === 'function') log.abandon()
    })
    return log
  }

  openLog(runtime: Runtime): EventLog {
    if (this.#folder === undefined) return this.#sharedLog()
    const log = sqliteEventLog({ file: join(this.#folder, 'log.db'), runtime, watch: (_file, onChange) => this.#watch(onChange) })
    const append: EventLog['append'] = log.append.bind(log)
    log.append = async (events) => {
      const positions = await append(events)
      for (const onChange of [...this.#watchers]) onChange()
      return positions
    }
    return log
  }

  /** The rows or the file of a service's database: the same at every call. */
  databaseOf(service: string): MemoryDatabase | string {
    let database = this.#databases.get(service)
    if (database === undefined) {
      database = this.#folder === undefined ? new MemoryDatabase() : join(this.#folder, `${service}.db`)
      this.#databases.set(service, database)
    }
    return database
  }

  async remove(): Promise<void> {
    await this.#shared?.close()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }

  /** One process closes only its own view of it. */
  #sharedLog(): EventLog {
    const log = this.#shared
    if (log === undefined) throw new TypeError('A run in memory has one log for all.')
    return {
      capabilities: log.capabilities,
      location: log.location,
      exists: () => log.exists(),
      identity: () => log.identity(),
      append: (events) => log.append(events),
      read: (query) => log.read(query),
      sealed: () => log.sealed(),
      onAdvance: (ring) => log.onAdvance(ring),
      close: async () => {},
    }
  }

  /** A watch of the file, as far as other processes of the run change it. */
  #watch(onChange: () => void): Disposable {
    this.#watchers.add(onChange)
    return { [Symbol.dispose]: () => this.#watchers.delete(onChange) }
  }
}
