import type { EventLog, Service, ServiceDatabase } from '@tidings/core'
import { createSystem, type System } from '@tidings/event-store'
import { recordedDatabase } from '../history/recording/recorded-database.ts'
import { recordedLog } from '../history/recording/recorded-log.ts'
import { recordedService } from '../history/recording/recorded-service.ts'
import type { Recorder } from './recorder.ts'
import type { Scheduler } from './scheduler.ts'
import { simulatedDatabase } from './simulated-database.ts'
import { simulatedLog } from './simulated-log.ts'
import { SimulatedProcess, type Weather } from './simulated-process.ts'

/** What an instance is started from, again after each death. */
export interface InstanceOptions {
  readonly name: string
  readonly scheduler: Scheduler
  readonly weather: Weather
  readonly next: () => number
  /** Opens the log for one process, with its own connection where there are connections. */
  readonly openLog: (process: SimulatedProcess) => EventLog
  readonly database: ServiceDatabase
  readonly service: (process: SimulatedProcess) => Service
  readonly recorder: Recorder
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
    const { name, scheduler, weather, next, openLog, database, service, recorder } = this.#options
    const process = new SimulatedProcess(`${name}#${++this.#lives}`, Math.floor(next() * 2 ** 32), scheduler, weather, recorder)
    this.#process = process
    recorder.record({ kind: 'fault', process: process.name, fault: 'started' })
    process.onCrash(() => this.#again())
    const declared = recordedService(service(process), process.name, recorder)
    const system = createSystem({
      services: [declared],
      eventStore: simulatedLog(recordedLog(openLog(process), process.name, recorder), process),
      databases: {
        [declared.contract.name as string]: simulatedDatabase(recordedDatabase(mortal(database, process), process.name, recorder), process),
      },
      runtime: process.runtime,
      environment: {},
    })
    this.#system = system
    system.start().then(
      () => {
        this.#isUp = !process.isCrashed
      },
      (error: unknown) => {
        recorder.say(process.name, `did not start: ${error instanceof Error ? error.message : String(error)}`)
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

/** A database whose connections are dropped when their process dies, as the operating system does. */
function mortal(database: ServiceDatabase, process: SimulatedProcess): ServiceDatabase {
  return {
    open: async (context) => {
      const ledger = await database.open(context)
      process.onCrash(() => {
        if ('abandon' in ledger && typeof ledger.abandon === 'function') ledger.abandon()
      })
      return ledger
    },
  }
}
