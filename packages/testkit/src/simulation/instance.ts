import type { EventLog, Service, ServiceDatabase } from '@tidings/core'
import { createSystem, type System } from '@tidings/event-store'
import type { Scheduler } from './scheduler.ts'
import { type OnCommit, simulatedDatabase } from './simulated-database.ts'
import { simulatedLog } from './simulated-log.ts'
import { SimulatedProcess, type Weather } from './simulated-process.ts'

/** What an instance is started from, again after each death. */
export interface InstanceOptions {
  readonly name: string
  readonly scheduler: Scheduler
  readonly weather: Weather
  readonly next: () => number
  readonly log: EventLog
  readonly database: ServiceDatabase
  readonly service: (process: SimulatedProcess) => Service
  readonly record: (line: string) => void
  readonly onAppended: (events: Parameters<EventLog['append']>[0]) => void
  readonly onCommit: OnCommit
}

const longestDownMs = 2_000

/** One instance of a service: a logical process that runs the shipped system, and is started again when it has died. */
export class Instance {
  readonly #options: InstanceOptions
  #lives = 0
  #process: SimulatedProcess | undefined
  #system: System | undefined
  #isUp = false
  #isWanted = true

  constructor(options: InstanceOptions) {
    this.#options = options
  }

  /** The running system; undefined while it is down or starting. */
  get system(): System | undefined {
    return this.#isUp ? this.#system : undefined
  }

  /** Starts a process with a system of its own. */
  start(): void {
    const { name, scheduler, weather, next, log, database, service, record, onAppended, onCommit } = this.#options
    const process = new SimulatedProcess(`${name}#${++this.#lives}`, Math.floor(next() * 2 ** 32), scheduler, weather, record)
    this.#process = process
    record(`${process.name} starts`)
    process.onCrash(() => this.#again())
    const declared = service(process)
    const system = createSystem({
      services: [declared],
      eventStore: simulatedLog(log, process, onAppended),
      databases: { [declared.contract.name as string]: simulatedDatabase(database, process, onCommit) },
      runtime: process.runtime,
      environment: {},
    })
    this.#system = system
    system.start().then(
      () => {
        this.#isUp = !process.isCrashed
      },
      (error: unknown) => {
        record(`${process.name} did not start: ${error instanceof Error ? error.message : String(error)}`)
        if (!process.isCrashed) this.#again()
      },
    )
  }

  /** Stops the process cleanly, and starts it again later. */
  async restart(): Promise<void> {
    const process = this.#process
    const system = this.#system
    if (!this.#isUp || system === undefined || process === undefined) return
    this.#isUp = false
    await system.stop()
    if (!process.isCrashed) this.#again()
  }

  /** The calm: goes on at once if it was paused. */
  resume(): void {
    this.#process?.resume()
  }

  /** Stops for good. Resolves when nothing is open any more. */
  async stop(): Promise<void> {
    this.#isWanted = false
    this.#isUp = false
    await this.#system?.stop()
  }

  #again(): void {
    this.#isUp = false
    if (!this.#isWanted) return
    const { scheduler, next } = this.#options
    void scheduler.sleep(next() * longestDownMs).then(() => {
      if (this.#isWanted) this.start()
    })
  }
}
