import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog } from '@tidings/core'
import { MemoryDatabase, memoryEventLog } from '@tidings/event-store/memory'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { seededRandom } from '../seeded.ts'
import type { Scheduler } from './scheduler.ts'

const inMemory = '/dev/shm'

/** Where the log and the databases of a run are. */
export class Place {
  readonly #folder: string | undefined
  readonly #databases = new Map<string, MemoryDatabase | string>()

  constructor(store: 'memory' | 'sqlite') {
    // A file system in memory spares the disk the syncs of thousands of runs.
    if (store === 'sqlite') this.#folder = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), 'tidings-simulation-'))
  }

  /** The log that all processes share. */
  openLog(scheduler: Scheduler, seed: number): EventLog {
    const runtime = { clock: scheduler.clock, random: seededRandom(seed + 7), logger: { info: () => {}, warn: () => {}, error: () => {} } }
    if (this.#folder === undefined) return memoryEventLog({ runtime })
    // No watch of real files: rings come from the processes' own appends and the poll, both in virtual time.
    return sqliteEventLog({ file: join(this.#folder, 'log.db'), runtime, watch: () => ({ [Symbol.dispose]: () => {} }) })
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

  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }
}
