import assert from 'node:assert/strict'
import { systemRuntime, type Transport, type TransportCapabilities } from '@tidings/core'
import type { ConformanceCase } from '../conformance-case.ts'
import type { TransportSubject } from './transport-subject.ts'

/** A case of the transport's conformance suite. */
export type TransportCase = ConformanceCase<TransportSubject, TransportCapabilities>

/** How long to wait before a message that may have been lost is sent again, in milliseconds. */
const resendMs = 20

/** One run of a case: its transport and the other end, closed when it ends, and what the cases do again and again. */
export class TransportTrial {
  readonly transport: Transport
  readonly other: Transport
  readonly #patienceMs: number

  private constructor(subject: TransportSubject, transport: Transport, other: Transport) {
    this.transport = transport
    this.other = other
    this.#patienceMs = subject.patienceMs ?? 10_000
  }

  /** Runs the work on a new medium. */
  static async run(subject: TransportSubject, work: (trial: TransportTrial) => Promise<void>): Promise<void> {
    const transport = await subject.open()
    const trial = new TransportTrial(subject, transport, await subject.join(transport))
    try {
      await work(trial)
    } finally {
      // A transport at fault may wait for ever or refuse; its case has failed by then.
      await trial.soon('a close', Promise.allSettled([trial.transport.close(), trial.other.close()])).catch(() => {})
    }
  }

  /** Sends a message again and again, for a transport may lose it, until the condition holds. */
  async sendUntil(condition: () => boolean, topic: string, body: string, what: string, from = this.transport): Promise<void> {
    const begun = systemRuntime.clock.monotonic()
    while (!condition()) {
      assert.ok(systemRuntime.clock.monotonic() - begun < this.#patienceMs, `${what} did not happen within ${this.#patienceMs} ms`)
      await this.soon('the handing over of a message', from.publish({ topic, body }))
      await systemRuntime.clock.sleep(condition() ? 0 : resendMs)
    }
  }

  /** Settles as the promise does, or fails when that takes longer than patience lasts. */
  async soon<R>(what: string, promise: Promise<R>): Promise<R> {
    const done = new AbortController()
    const late = systemRuntime.clock.sleep(this.#patienceMs, done.signal).then(
      () => assert.fail(`${what} did not happen within ${this.#patienceMs} ms`),
      () => new Promise<never>(() => {}),
    )
    try {
      return await Promise.race([promise, late])
    } finally {
      done.abort()
    }
  }
}
