import type { Transport, TransportMessage } from '@tidings/core'
import type { TransportSubject } from '../../src/conformance/transport/transport-subject.ts'

/** A transport at fault, and the case that must find it. */
export interface BrokenTransport {
  readonly fault: string
  readonly foundBy: string
  readonly breaks: (subject: TransportSubject) => TransportSubject
}

type Receive = (message: TransportMessage) => void

/** Transports at fault, each of which a case of the conformance suite must find. */
export const brokenTransports: readonly BrokenTransport[] = [
  {
    fault: 'bodies lose what is not ASCII',
    foundBy: 'a message arrives as it was sent, whatever its text',
    breaks: withTransport((inner) => ({
      publish: ({ topic, body }) => inner.publish({ topic, body: Buffer.from(body, 'latin1').toString('latin1') }),
    })),
  },
  {
    fault: 'long bodies are cut',
    foundBy: 'a message arrives as it was sent, whatever its text',
    breaks: withTransport((inner) => ({ publish: ({ topic, body }) => inner.publish({ topic, body: body.slice(0, 65_536) }) })),
  },
  {
    fault: 'an empty body is taken for none',
    foundBy: 'a message arrives as it was sent, whatever its text',
    breaks: withTransport((inner) => ({ publish: async (message) => (message.body === '' ? undefined : inner.publish(message)) })),
  },
  {
    fault: 'a new subscription takes the place of the one before',
    foundBy: 'every subscription gets every message, at the end that sent it too',
    breaks: withTransport((inner) => {
      const taken = new Map<string, Disposable>()
      return {
        subscribe: (topic, receive) => {
          taken.get(topic)?.[Symbol.dispose]()
          const subscription = inner.subscribe(topic, receive)
          taken.set(topic, subscription)
          return subscription
        },
      }
    }),
  },
  {
    fault: 'topics are patterns',
    foundBy: 'a message reaches the subscribers of exactly its topic',
    breaks: withTransport((inner) => ({
      publish: async (message) => {
        await inner.publish(message)
        await inner.publish({ ...message, topic: message.topic.replace(/[^.]+$/, '*') })
      },
    })),
  },
  {
    fault: 'the case of topics is lost',
    foundBy: 'a message reaches the subscribers of exactly its topic',
    breaks: withTransport((inner) => ({
      publish: (message) => inner.publish({ ...message, topic: message.topic.toLowerCase() }),
      subscribe: (topic, receive) => inner.subscribe(topic.toLowerCase(), receive),
    })),
  },
  {
    fault: 'publish waits for a subscriber',
    foundBy: 'a message without subscribers is handed over all the same',
    breaks: withTransport((inner) => ({
      publish: (message) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        inner.subscribe(message.topic, () => resolve())
        return message.topic === 'nobody' ? new Promise<void>(() => {}) : inner.publish(message).then(() => promise)
      },
    })),
  },
  {
    fault: 'receivers are called within publish',
    foundBy: 'no receiver is called before publish returns',
    breaks: withTransport(() => {
      const receivers = new Map<string, Receive[]>()
      return {
        publish: async (message) => {
          for (const receive of receivers.get(message.topic) ?? []) receive(message)
        },
        subscribe: (topic, receive) => {
          receivers.set(topic, [...(receivers.get(topic) ?? []), receive])
          return { [Symbol.dispose]: () => {} }
        },
      }
    }),
  },
  {
    fault: 'a subscription cannot be ended',
    foundBy: 'a subscription that was disposed gets nothing more, and the others go on',
    breaks: withSubscription(() => ({ [Symbol.dispose]: () => {} })),
  },
  {
    fault: 'ending one subscription ends all of its topic',
    foundBy: 'a subscription that was disposed gets nothing more, and the others go on',
    breaks: withTransport((inner) => {
      const all: Disposable[] = []
      return {
        subscribe: (topic, receive) => {
          all.push(inner.subscribe(topic, receive))
          return {
            [Symbol.dispose]: () => {
              for (const one of all) one[Symbol.dispose]()
            },
          }
        },
      }
    }),
  },
  {
    fault: 'subscriptions are ended by their receiver',
    foundBy: 'disposing a subscription a second time ends no other of the same receiver',
    breaks: withTransport((inner) => {
      const byReceiver = new Map<Receive, Disposable>()
      return {
        subscribe: (topic, receive) => {
          byReceiver.set(receive, inner.subscribe(topic, receive))
          return { [Symbol.dispose]: () => byReceiver.get(receive)?.[Symbol.dispose]() }
        },
      }
    }),
  },
  {
    fault: 'a receiver that throws ends the delivery',
    foundBy: 'a receiver that throws harms neither the sender nor the other receivers',
    breaks: withTransport((inner) => {
      const receivers: { topic: string; receive: Receive }[] = []
      return {
        publish: async (message) => {
          await inner.publish(message)
          for (const { topic, receive } of receivers) if (topic === message.topic) receive(message)
        },
        subscribe: (topic, receive) => {
          receivers.push({ topic, receive })
          return { [Symbol.dispose]: () => {} }
        },
      }
    }),
  },
  {
    fault: 'a closed transport takes messages and drops them',
    foundBy: 'a closed transport refuses work with StoreClosed, and closing it again does nothing',
    breaks: withTransport((inner) => ({ publish: (message) => inner.publish(message).catch(() => {}) })),
  },
  {
    fault: 'a closed transport lets subscribe',
    foundBy: 'a closed transport refuses work with StoreClosed, and closing it again does nothing',
    breaks: withTransport((inner) => ({
      subscribe: (topic, receive) => {
        try {
          return inner.subscribe(topic, receive)
        } catch {
          return { [Symbol.dispose]: () => {} }
        }
      },
    })),
  },
  {
    fault: 'a second close fails',
    foundBy: 'a closed transport refuses work with StoreClosed, and closing it again does nothing',
    breaks: withTransport((inner) => {
      let closed = false
      return {
        close: async () => {
          if (closed) throw new Error('closed before')
          closed = true
          await inner.close()
        },
      }
    }),
  },
  {
    fault: 'messages under way are delivered after the close',
    foundBy: 'no receiver is called after the close',
    breaks: withTransport((inner) => {
      const receivers: Receive[] = []
      return {
        publish: async (message) => {
          setImmediate(() => {
            for (const receive of receivers) receive(message)
          })
          await inner.publish(message)
        },
        subscribe: (topic, receive) => {
          receivers.push(receive)
          return inner.subscribe(topic, receive)
        },
      }
    }),
  },
  {
    fault: 'a subscription cannot be disposed once the transport is closed',
    foundBy: 'subscriptions may be disposed after the close',
    breaks: (subject) => {
      let closed = false
      return withTransport((inner) => ({
        close: async () => {
          closed = true
          await inner.close()
        },
        subscribe: (topic, receive) => {
          const subscription = inner.subscribe(topic, receive)
          return {
            [Symbol.dispose]: () => {
              if (closed) throw new Error('not connected')
              subscription[Symbol.dispose]()
            },
          }
        },
      }))(subject)
    },
  },
]

/** A subject whose transports have some members replaced. `change` is called for each transport that is opened. */
function withTransport(change: (inner: Transport) => Partial<Transport>): (subject: TransportSubject) => TransportSubject {
  return (subject) => ({
    ...subject,
    open: async () => {
      const inner = await subject.open()
      return { ...inner, ...change(inner) }
    },
    join: async (transport) => transport,
  })
}

function withSubscription(change: (inner: Disposable) => Disposable): (subject: TransportSubject) => TransportSubject {
  return withTransport((inner) => ({ subscribe: (topic, receive) => change(inner.subscribe(topic, receive)) }))
}
