import { join } from 'node:path'
import {
  type Client,
  type Contract,
  createClient,
  DefinitionInvalid,
  type EventLog,
  type Ledger,
  type Reach,
  type Readiness,
  type RequestPolicy,
  type Runtime,
  requestPolicy,
  type Send,
  type Service,
  type ServiceDatabase,
  systemRuntime,
} from '@tidings/core'

import type { SystemReach } from '../boundaries/check-boundaries.ts'
import { spellDuration } from '../consumers/lane/spell-duration.ts'
import { runInService } from '../handlers/run-in-service.ts'
import { WorkInHand } from '../handlers/work-in-hand.ts'
import { sqlite } from '../sqlite/ledger/database.ts'
import { sqliteEventLog } from '../sqlite/log/event-log.ts'
import { type ConsumerOperations, consumerOperations } from './consumer-operations.ts'
import type { SystemContext } from './context-of.ts'
import { Dispatcher } from './dispatcher.ts'
import { joinLog, type OpenedService } from './join-log.ts'
import { observeServices } from './observe-services.ts'
import { isProcessGone, processHolder } from './process-holder.ts'
import { readSettings } from './read-settings.ts'
import { readinessOf } from './readiness-of.ts'
import { ringThrough } from './ring-through.ts'
import { ServiceMap } from './service-map.ts'
import { ServiceNotInSystem } from './service-not-in-system.ts'
import { ServiceRuntime } from './service-runtime.ts'
import { settle } from './settle.ts'
import { StopTime } from './stop-time.ts'
import { SystemNotRunning } from './system-not-running.ts'
import type { SystemOptions } from './system-options.ts'

const anyAnswerMs = 30_000
const defaultDirectory = '.tidings'

/** The program's own calls of a service here are no requests between services: nothing can be out of reach. */
const unguarded: RequestPolicy = { run: ({ request, signal }, send) => send(request, signal) }

/** The implementation behind {@link System}: starts and stops everything in order. */
export class RunningSystem {
  readonly #options: SystemOptions
  readonly #runtime: Runtime
  readonly #stopping = new AbortController()
  readonly #time = new StopTime()
  readonly #inHand: WorkInHand
  #isServing = false
  readonly #ledgers: Ledger[] = []
  #services: readonly ServiceRuntime[] = []
  #log: EventLog | undefined
  #dispatcher: Dispatcher | undefined
  #ringing: Disposable | undefined
  #observing: Disposable | undefined
  #started: Promise<void> | undefined
  /** The part of the start that opens things. */
  #opening: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(options: SystemOptions) {
    this.#options = options
    this.#runtime = options.runtime ?? systemRuntime
    this.#inHand = new WorkInHand(this.#runtime.clock)
    const names = options.services.map(({ contract }) => contract.name as string)
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined)
      throw new DefinitionInvalid({
        subject: 'system',
        reason: `it has two services named ${twice}`,
        remedy: 'Give each service a name of its own.',
      })
    const unknown = Object.keys(options.databases ?? {}).filter((name) => !names.includes(name))
    if (unknown.length > 0)
      throw new DefinitionInvalid({
        subject: 'system',
        reason: `it is given databases for services that it does not have: ${unknown.join(', ')}`,
        remedy: `Its services are: ${names.join(', ')}.`,
      })
  }

  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  call(service: string): Client<Contract> {
    const { host } = this.#running(service)
    const send: Send = async (request, signal) => {
      this.#stopping.signal.throwIfAborted()
      return this.#dispatch().answer(request, signal)
    }
    return createClient(host.service.contract as Contract, send, {
      runtime: this.#runtime,
      policy: unguarded,
      prepare: (request) => ({ request: { ...request, principal: 'system' } }),
    })
  }

  async in<R>(service: string, work: (ctx: SystemContext) => Promise<R>, options: { readonly timeoutMs?: number } = {}): Promise<R> {
    // The context has everything that SystemContext names.
    return runInService(this.#running(service).host, (ctx) => work(ctx as SystemContext), options.timeoutMs ?? anyAnswerMs)
  }

  async settled(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    await settle(this.#services, this.#openLog(), this.#runtime.clock, options.timeoutMs ?? 10_000)
  }

  readiness(): Readiness {
    if (this.#stopping.signal.aborted) return { ready: false, reasons: ['the system is stopping'], notes: [] }
    if (this.#services.length < this.#options.services.length) return { ready: false, reasons: ['the system is starting'], notes: [] }
    return readinessOf(this.#services.map(({ consumer }) => consumer))
  }

  consumer(service: string): ConsumerOperations {
    return consumerOperations(this.#running(service).consumer, this.#stopping.signal)
  }

  async reach(): Promise<SystemReach> {
    const { services, eventStore, directory = defaultDirectory } = this.#options
    const reaches = new Map<string, Reach | undefined>()
    for (const service of services) {
      const name = service.contract.name as string
      reaches.set(name, await this.#databaseOf(service).reach?.({ service: name, directory, runtime: this.#runtime }))
    }
    return { eventStore: await eventStore?.reach?.(), services: reaches }
  }

  map(): ServiceMap {
    return new ServiceMap(this.#options.services)
  }

  async #start(): Promise<void> {
    try {
      this.#opening = this.#startAll()
      await this.#opening
    } catch (error) {
      await this.stop().catch((other: unknown) => {
        this.#runtime.logger.error('Not all could be closed after a start that failed.', { error: other })
      })
      throw error
    }
  }

  async #startAll(): Promise<void> {
    const { services, server, client, transport, environment = process.env, directory = defaultDirectory } = this.#options
    const { signal } = this.#stopping
    signal.throwIfAborted()
    const settings = await readSettings(services, environment)
    const log = this.#options.eventStore ?? sqliteEventLog({ file: join(directory, 'log.db'), runtime: this.#runtime })
    this.#log = log
    const stores: OpenedService[] = []
    for (const service of services) {
      const name = service.contract.name as string
      const ledger = await this.#databaseOf(service).open({ service: name, directory, runtime: this.#runtime })
      this.#ledgers.push(ledger)
      stores.push({ service, ledger })
      signal.throwIfAborted()
    }
    const logId = await joinLog(log, stores)
    signal.throwIfAborted()
    const dispatcher = new Dispatcher(client)
    this.#dispatcher = dispatcher
    const bell = transport === undefined ? undefined : ringThrough(transport, logId, () => this.#services)
    this.#ringing = bell
    const holder = processHolder(this.#runtime)
    const policy = this.#options.policy ?? requestPolicy({ runtime: this.#runtime })
    const running = stores.map(
      ({ service, ledger }) =>
        new ServiceRuntime({
          service,
          ledger,
          settings: settings.get(service.contract.name),
          log,
          logId,
          runtime: this.#runtime,
          holder,
          isGone: isProcessGone,
          maxStaged: this.#options.maxStaged ?? 100_000,
          send: (request, signal) => dispatcher.send(request, signal),
          policy,
          inHand: this.#inHand,
          cut: this.#time.cut,
          onAppended: () => bell?.ring(),
        }),
    )
    // All checks come before the first change.
    for (const { consumer } of running) await consumer.check()
    for (const one of running) {
      signal.throwIfAborted()
      await one.claim()
    }
    for (const one of running) dispatcher.add(one.host)
    this.#services = running
    this.#observing = observeServices(running, log)
    for (const one of running) {
      signal.throwIfAborted()
      await one.start()
    }
    signal.throwIfAborted()
    this.#isServing = server !== undefined
    await server?.start({
      contracts: services.map(({ contract }) => contract as Contract),
      answer: (request, signal, principal) => dispatcher.answer(request, signal, principal),
      readiness: () => this.readiness(),
    })
  }

  unfinished(): readonly string[] {
    const running = this.#inHand.all.map(({ what, forMs }) => `${what} (running for ${spellDuration(forMs)})`)
    return [...running, ...this.#services.flatMap((service) => service.unfinished)]
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new SystemNotRunning())
    const { client, transport, stopMs = 8_000, drainMs = 0 } = this.#options
    const { clock } = this.#runtime
    if (this.#isServing && drainMs > 0) await clock.sleep(drainMs)
    const time = this.#time
    time.begin(clock, stopMs, () => this.unfinished())
    const errors: unknown[] = []
    // What cannot be stopped keeps nothing else from it: leases are let go of, and files closed.
    const end = (part: string, work: () => unknown): Promise<void> =>
      time.within(part, (async () => work())()).catch((error: unknown) => void errors.push(error))
    // What is being opened comes to its end first, or it would be opened after all else was closed.
    await end('what was being opened', () => this.#opening?.catch(() => {}))
    await this.#finishWork(end)
    await Promise.all(this.#ledgers.map((ledger) => end(`the database ${ledger.location}`, () => ledger.close())))
    await end('the request client', () => client?.close())
    // Also one that was given and never used.
    const log = this.#log ?? this.#options.eventStore
    await end('the event log', () => log?.close())
    await end('the transport', () => transport?.close())
    const late = time.finish()
    if (late !== undefined) errors.push(late)
    if (errors.length > 1) throw new AggregateError(errors, 'Several parts of the system could not be stopped; all others were.')
    if (errors.length === 1) throw errors[0]
  }

  /** What is in hand comes to its end, then what it has staged reaches the log. */
  async #finishWork(end: (part: string, work: () => unknown) => Promise<void>): Promise<void> {
    const { server, flushMs } = this.#options
    await Promise.all([
      end('the server', () => server?.stop(this.#time.cut)),
      ...this.#services.map((service) => end(`the consumer of ${service.host.service.contract.name}`, () => service.finish())),
    ])
    // The program's own, which nobody has told to end.
    await end('work of the program', () => this.#inHand.none())
    await end('the doorbell', () => this.#ringing?.[Symbol.dispose]())
    await end('the metrics', () => this.#observing?.[Symbol.dispose]())
    await Promise.all(
      this.#services.map((service) => end(`the outbox of ${service.host.service.contract.name}`, () => service.flush(flushMs))),
    )
  }

  #running(service: string): ServiceRuntime {
    const names = this.#options.services.map(({ contract }) => contract.name as string)
    if (!names.includes(service)) throw new ServiceNotInSystem({ service, services: names })
    const found = this.#services.find(({ host }) => host.service.contract.name === service)
    if (found === undefined || this.#stopping.signal.aborted) throw new SystemNotRunning(service)
    return found
  }

  #databaseOf(service: Service): ServiceDatabase {
    const given: Readonly<Record<string, ServiceDatabase | undefined>> = this.#options.databases ?? {}
    return given[service.contract.name] ?? service.database ?? (sqlite() as ServiceDatabase)
  }

  #dispatch(): Dispatcher {
    if (this.#dispatcher === undefined) throw new SystemNotRunning()
    return this.#dispatcher
  }

  #openLog(): EventLog {
    if (this.#log === undefined || this.#stopping.signal.aborted) throw new SystemNotRunning()
    return this.#log
  }
}
