import type { EventLog, Ledger, RequestPolicy, Runtime, Send, Service } from '@tidings/core'
import { Consumer } from '../consumers/consumer.ts'
import { handlerPlan } from '../consumers/lane/handler-plan.ts'
import { resolveConsumer } from '../consumers/lane/resolve-consumer.ts'
import { spellDuration } from '../consumers/lane/spell-duration.ts'
import { copyReads } from '../copies/copy-reads.ts'
import type { HandlerHost } from '../handlers/handler-host.ts'
import { MeasuredOperations } from '../handlers/measured-operations.ts'
import { RunningKeys } from '../handlers/running-keys.ts'
import { Timers } from '../handlers/timers.ts'
import type { WorkInHand } from '../handlers/work-in-hand.ts'
import { claimOwner } from '../ledger/claim-owner.ts'
import type { Holder } from '../ledger/tables.ts'
import { Relay } from '../outbox/relay.ts'

/** What a running service is built from. */
export interface ServiceRuntimeOptions {
  readonly service: Service
  readonly ledger: Ledger
  readonly settings: unknown
  readonly log: EventLog
  readonly logId: string
  readonly runtime: Runtime
  readonly holder: Holder
  readonly isGone: (holder: Holder) => boolean
  readonly maxStaged: number
  readonly send: Send
  readonly policy: RequestPolicy
  readonly inHand: WorkInHand
  readonly cut: AbortSignal
  readonly onAppended: () => void
}

/** One service at work in this process: its database, outbox and consumer. */
export class ServiceRuntime {
  readonly host: HandlerHost
  readonly consumer: Consumer
  readonly #relay: Relay
  readonly #timers: Timers

  /**
   * Puts the service together. Changes nothing.
   *
   * @throws {DefinitionInvalid}
   */
  constructor(options: ServiceRuntimeOptions) {
    const { service, ledger, runtime, log, logId } = options
    const config = resolveConsumer(service)
    const plan = handlerPlan(service)
    this.#relay = new Relay({
      service: service.contract.name,
      ledger,
      log,
      runtime,
      maxStaged: options.maxStaged,
      onAppended: options.onAppended,
    })
    this.host = {
      service,
      ledger,
      relay: this.#relay,
      running: new RunningKeys(),
      inHand: options.inHand,
      cut: options.cut,
      runtime,
      settings: options.settings,
      copies: copyReads(service.contract.name, plan.copies),
      send: options.send,
      policy: options.policy,
      measured: new MeasuredOperations(),
      replayable: new Set(),
    }
    this.#timers = new Timers(this.host)
    this.consumer = new Consumer({
      host: this.host,
      config,
      log,
      logId,
      plan,
      types: [...plan.types.keys()],
      holder: options.holder,
      isGone: options.isGone,
    })
  }

  /**
   * Makes the database the service's own.
   *
   * @throws {DatabaseOwnedByAnother} @throws {LogDiverged} Nothing was changed.
   */
  async claim(): Promise<void> {
    const { log, logId } = this.consumer.context
    const { ledger, runtime, service } = this.host
    await claimOwner(ledger, runtime, service.contract.name, { id: logId, location: log.location })
    await ledger.prepare?.()
  }

  /** Takes over what an earlier run left staged, begins to consume, and runs each timer for the first time. */
  async start(): Promise<void> {
    await this.#relay.start()
    await this.consumer.start()
    await this.#timers.start()
  }

  /** Takes up nothing more, and finishes what its consumer and its timers have in hand. */
  async finish(): Promise<void> {
    await this.#timers.stop()
    await this.consumer.stop()
  }

  /** Waits for the outbox to be empty, at most `flushMs` and no longer than until the system has no more time. */
  async flush(flushMs: number | undefined): Promise<void> {
    const { runtime, cut, service } = this.host
    const done = new AbortController()
    const late = new Promise<void>((resolve) => {
      if (cut.aborted) resolve()
      else cut.addEventListener('abort', () => resolve(), { signal: done.signal })
      if (flushMs !== undefined) runtime.clock.sleep(flushMs, done.signal).then(resolve, () => {})
    })
    await Promise.race([this.#relay.flushed(), late])
    done.abort()
    await this.#relay.stop()
    const { depth } = this.#relay
    if (depth > 0)
      runtime.logger.warn(
        `${service.contract.name} stops with ${depth} staged events in its outbox. The next start brings them to the log.`,
      )
  }

  /** What it has not finished yet, in words. */
  get unfinished(): readonly string[] {
    const { trying, tryingForMs } = this.consumer.status
    const { name } = this.consumer.context.config
    const { depth } = this.#relay
    return [
      ...(trying === undefined ? [] : [`${name} at position ${trying} (for ${spellDuration(tryingForMs)})`]),
      ...(depth === 0 ? [] : [`${depth} staged events of ${this.host.service.contract.name}, which the next start brings to the log`]),
    ]
  }
}
