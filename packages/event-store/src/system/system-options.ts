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
  /** How long `stop` waits for staged events to reach the log, in milliseconds. @default 10_000 */
  readonly flushMs?: number
}
