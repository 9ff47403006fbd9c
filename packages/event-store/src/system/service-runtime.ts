import type { EventLog, Ledger, OperationAnswer, OperationRequest, Runtime, Service, ServiceDatabase } from '@tidings/core'
import { Consumer } from '../consumers/consumer.ts'
import { handlerPlan } from '../consumers/lane/handler-plan.ts'
import { resolveConsumer } from '../consumers/lane/resolve-consumer.ts'
import { copyReads } from '../copies/copy-reads.ts'
import type { HandlerHost } from '../handlers/handler-host.ts'
import { RunningKeys } from '../handlers/running-keys.ts'
import { claimOwner } from '../ledger/claim-owner.ts'
import type { Holder } from '../ledger/tables.ts'
import { Relay } from '../outbox/relay.ts'

/** What a running service is built from. */
export interface ServiceRuntimeOptions {
  readonly service: Service
  readonly database: ServiceDatabase
  readonly directory: string
  readonly settings: unknown
  readonly log: EventLog
  readonly logId: string
  readonly runtime: Runtime
  readonly holder: Holder
  readonly isGone: (holder: Holder) => boolean
  readonly maxStaged: number
  readonly send: (request: OperationRequest, signal: AbortSignal) => Promise<OperationAnswer>
  readonly onAppended: () => void
}

/** One service at work in this process: its database, outbox and consumer. */
export class ServiceRuntime {
  readonly host: HandlerHost
  readonly consumer: Consumer
  readonly #ledger: Ledger
  readonly #relay: Relay

  private constructor(host: HandlerHost, consumer: Consumer) {
    this.host = host
    this.consumer = consumer
    this.#ledger = host.ledger
    this.#relay = host.relay
  }

  /**
   * Opens the service's database and checks that it is the service's own.
   *
   * @throws {DatabaseOwnedByAnother} @throws {LogDiverged} @throws {DefinitionInvalid} The database is closed again.
   */
  static async open(options: ServiceRuntimeOptions): Promise<ServiceRuntime> {
    const { service, runtime, log, logId } = options
    const config = resolveConsumer(service)
    const plan = handlerPlan(service)
    const ledger = await options.database.open({ service: service.contract.name, directory: options.directory, runtime })
    try {
      await claimOwner(ledger, runtime, service.contract.name, logId)
      await ledger.prepare?.()
    } catch (error) {
      await ledger.close()
      throw error
    }
    const relay = new Relay({
      service: service.contract.name,
      ledger,
      log,
      runtime,
      maxStaged: options.maxStaged,
      onAppended: options.onAppended,
    })
    const host: HandlerHost = {
      service,
      ledger,
      relay,
      running: new RunningKeys(),
      runtime,
      settings: options.settings,
      copies: copyReads(service.contract.name, plan.copies),
      send: options.send,
      replayable: new Set(),
    }
    const consumer = new Consumer({
      host,
      config,
      log,
      logId,
      plan,
      types: [...plan.types.keys()],
      holder: options.holder,
      isGone: options.isGone,
    })
    return new ServiceRuntime(host, consumer)
  }

  /** Takes over what an earlier run left staged, and begins to consume. */
  async start(): Promise<void> {
    await this.#relay.start()
    await this.consumer.start()
  }

  /** Stops consuming, waits for the outbox to be empty, at most `flushMs`, and closes the database. */
  async stop(flushMs: number): Promise<void> {
    await this.consumer.stop()
    const { clock } = this.host.runtime
    const done = new AbortController()
    await Promise.race([this.#relay.flushed(), clock.sleep(flushMs, done.signal).catch(() => {})])
    done.abort()
    await this.#relay.stop()
    await this.#ledger.close()
  }
}
