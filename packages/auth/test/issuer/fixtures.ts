import { systemRuntime } from '@tidings/core'
import { type IssuerStore, sqliteIssuerStore } from '../../src/issuer.ts'
import { mongodbIssuerStore } from '../../src/issuer-mongodb.ts'

/** A store of the auth service, of whatever kind. */
// biome-ignore lint/suspicious/noExplicitAny: which handle it gives is between the store and the service
export type AnyIssuerStore = IssuerStore<any>

/** A place of the test's own, and the store that the auth service keeps there. */
export interface Place {
  readonly kind: 'sqlite' | 'mongodb'
  readonly directory: string
  /** The URL of the database on MongoDB. */
  readonly url: string | undefined
}

/** The store at a place. Made anew for each process or start. */
export function storeAt({ kind, url }: Pick<Place, 'kind' | 'url'>): AnyIssuerStore {
  return kind === 'mongodb' ? mongodbIssuerStore({ url: url ?? '' }) : sqliteIssuerStore()
}

export const secret = 'a secret of the tests, which everybody knows'
export const anna = { email: 'anna@example.org', password: 'correct horse battery' }

/** Time as the auth service of a test sees it. */
export class TestClock {
  ms: number

  constructor(ms = 1_800_000_000_000) {
    this.ms = ms
  }

  now(): number {
    return this.ms
  }

  monotonic(): number {
    return this.ms
  }

  sleep = systemRuntime.clock.sleep
}

/** What a process of the auth service is to do, and when it is to die. */
export interface DyingOptions {
  readonly place: Place
  readonly ms: number
  readonly ask: { readonly block: string } | { readonly refresh: string }
  /** Before this write of its own, counted from 1; before the log is asked to append; or else when the answer is there. */
  readonly dieAt: { readonly write?: number; readonly append?: boolean }
}

/** Ends this process at once, with nothing finished and nothing closed. */
export function die(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal may need a moment to arrive; nothing may happen in it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  throw new Error('unreachable')
}
