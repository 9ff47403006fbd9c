import type { EventLog, RequestClient, RequestPolicy, RequestServer, Runtime, Service, ServiceDatabase, Transport } from '@tidings/core'
import type { NameOf } from './context-of.ts'

/** What a system is made of. Only `services` must be given. The system closes everything given here when it stops. */
export interface SystemOptions<S extends readonly Service[] = readonly Service[]> {
  /** The services that run in this process. */
  readonly services: S
  /** @default a SQLite file `log.db` in the directory, which several processes on one machine may share */
  readonly eventStore?: EventLog
  /** Rings other processes when events were appended, where the event store cannot do so itself. */
  readonly transport?: Transport
  /** Where embedded databases live. @default '.tidings' */
  readonly directory?: string
  /** Takes requests from outside. */
  readonly server?: RequestServer
  /** Sends requests to services that run elsewhere. */
  readonly client?: RequestClient
  /** Guards the calls of the services here to others, whether those run here or elsewhere. @default `requestPolicy()` */
  readonly policy?: RequestPolicy
  /** Where services read their settings. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Databases that take the place of those the services declare, by service: for tests. */
  readonly databases?: Readonly<Partial<Record<NameOf<S>, ServiceDatabase>>>
  /** Clock, random source and logger. @default those of the machine */
  readonly runtime?: Runtime
  /** The most events of one service that may wait here for the log; past it, publishing fails. @default 100_000 */
  readonly maxStaged?: number
  /** How long `stop` waits for staged events to reach the log, within `stopMs`, in milliseconds. @default no limit of its own */
  readonly flushMs?: number
  /**
   * How long `stop` may take, in milliseconds: handlers in hand are then cut off and rolled back, and 1 s later nothing is
   * waited for any more. Less than what is waited before the process is killed: Docker 10 s, Kubernetes 30 s.
   *
   * @default 8_000
   */
  readonly stopMs?: number
  /**
   * How long requests are still taken after `stop` was called while `/ready` tells that they should not come, in
   * milliseconds: as long as those who send them take to learn of it. It comes before `stopMs`.
   *
   * @default 0
   */
  readonly drainMs?: number
}
