import type { Transport } from '@tidings/core'
import type { ServiceRuntime } from './service-runtime.ts'

/** Rings in other processes through a transport, and lets their rings through to the consumers here. */
export function ringThrough(transport: Transport, logId: string, services: () => readonly ServiceRuntime[]): Disposable & { ring(): void } {
  const topic = `tidings.log.${logId}`
  const listening = transport.subscribe(topic, () => {
    for (const { consumer } of services()) consumer.ring()
  })
  return {
    // A ring that is lost costs latency only: consumers look by themselves now and then.
    ring: () => void transport.publish({ topic, body: '' }).catch(() => {}),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  }
}
