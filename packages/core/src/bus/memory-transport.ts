import { EventEmitter } from 'eventemitter3'
import { StoreClosed } from '../errors/log-errors.ts'
import type { Logger } from '../ports/runtime.ts'
import type { Transport, TransportMessage } from '../ports/transport.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'

/** What a memory transport is made of. */
export interface MemoryTransportOptions {
  /** Gets the errors of receivers. @default lines on standard error */
  readonly logger?: Logger
}

/** Carries messages between buses and systems of one process: to try things, and for tests. Receivers are called later, never within `publish`. */
export function memoryTransport(options: MemoryTransportOptions = {}): Transport {
  const { logger = systemRuntime.logger } = options
  const emitter = new EventEmitter<string>()
  let closed = false

  return {
    capabilities: Object.freeze({ crossesProcesses: false }),

    async publish(message) {
      if (closed) throw new StoreClosed({ store: 'memory transport' })
      const carried: TransportMessage = Object.freeze({ topic: message.topic, body: message.body })
      queueMicrotask(() => emitter.emit(carried.topic, carried))
    },

    subscribe(topic, receive) {
      if (closed) throw new StoreClosed({ store: 'memory transport' })
      const listener = (message: TransportMessage): void => {
        try {
          receive(message)
        } catch (error) {
          logger.error(`A receiver of ${topic} failed`, { error })
        }
      }
      emitter.on(topic, listener)
      return { [Symbol.dispose]: () => void emitter.off(topic, listener) }
    },

    async close() {
      closed = true
      emitter.removeAllListeners()
    },
  }
}
