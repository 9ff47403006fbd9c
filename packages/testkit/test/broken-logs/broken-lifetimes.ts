import { newId, systemRuntime } from '@tidings/core'
import { type BrokenLog, replacing, turn, withLog } from './break-log.ts'

/** Faults in rings, identities and ends. */
export const brokenLifetimes: readonly BrokenLog[] = [
  {
    fault: 'it never rings',
    foundBy: 'onAdvance rings after an append, whichever handle made it',
    breaks: withLog(() => ({ onAdvance: () => ({ [Symbol.dispose]: () => {} }) })),
  },
  {
    fault: 'it rings for appends of its own handle only',
    foundBy: 'onAdvance rings after an append, whichever handle made it',
    breaks: withOwnRings((rings) => {
      for (const ring of rings) ring()
    }),
  },
  {
    fault: 'each rings once',
    foundBy: 'whoever reads at a ring finds, sooner or later, every event without asking in between',
    breaks: withLog((inner) => ({
      onAdvance: (ring) => {
        const ringing = inner.onAdvance(() => {
          ringing[Symbol.dispose]()
          ring()
        })
        return ringing
      },
    })),
  },
  {
    fault: 'a ring cannot be disposed',
    foundBy: 'after it was disposed nobody is rung, and the others go on',
    breaks: withLog((inner) => ({
      onAdvance: (ring) => {
        inner.onAdvance(ring)
        return { [Symbol.dispose]: () => {} }
      },
    })),
  },
  {
    fault: 'disposing one disposes all',
    foundBy: 'after it was disposed nobody is rung, and the others go on',
    breaks: withLog((inner) => {
      const all: Disposable[] = []
      return {
        onAdvance: (ring) => {
          all.push(inner.onAdvance(ring))
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
    fault: 'rings are disposed by their function',
    foundBy: 'after it was disposed nobody is rung, and the others go on',
    breaks: withLog((inner) => {
      const byRing = new Map<() => void, Disposable>()
      return {
        onAdvance: (ring) => {
          byRing.set(ring, inner.onAdvance(ring))
          return { [Symbol.dispose]: () => byRing.get(ring)?.[Symbol.dispose]() }
        },
      }
    }),
  },
  {
    fault: 'what a ring throws, the append throws',
    foundBy: 'a ring that throws harms neither the append nor the other rings',
    breaks: withOwnRings((rings) => {
      for (const ring of rings) ring()
    }),
  },
  {
    fault: 'a ring that throws ends the ringing',
    foundBy: 'a ring that throws harms neither the append nor the other rings',
    breaks: withOwnRings((rings) => {
      try {
        for (const ring of rings) ring()
      } catch {
        // The others hear nothing.
      }
    }),
  },
  {
    fault: 'a ring under way comes after the close',
    foundBy: 'nobody is rung after the close',
    breaks: withOwnRings((rings) => {
      setTimeout(() => {
        for (const ring of rings) ring()
      }, 2)
    }),
  },
  {
    fault: 'each handle has an identity',
    foundBy: 'a log has one identity at all times and through every handle, and no other log has it',
    breaks: withLog(() => {
      const id = newId(systemRuntime)
      return { identity: async () => id }
    }),
  },
  {
    fault: 'the identity is that of the last event',
    foundBy: 'a log has one identity at all times and through every handle, and no other log has it',
    breaks: withLog((inner) => ({ identity: async () => `${await inner.identity()} ${await inner.sealed()}` })),
  },
  {
    fault: 'all logs have one identity',
    foundBy: 'a log has one identity at all times and through every handle, and no other log has it',
    breaks: withLog(() => ({ identity: async () => 'the log' })),
  },
  {
    fault: 'it never says that it exists',
    foundBy: 'a log exists once its identity is known, through every handle, and says where it is',
    breaks: withLog(() => ({ exists: async () => false })),
  },
  {
    fault: 'each handle is somewhere else',
    foundBy: 'a log exists once its identity is known, through every handle, and says where it is',
    breaks: withLog(() => ({ location: newId(systemRuntime) })),
  },
  {
    fault: 'asking whether it exists makes it',
    foundBy: 'asking whether a log exists does not make it',
    on: 'SQLite',
    breaks: withLog((inner) => ({
      exists: async () => {
        const before = await inner.exists()
        await inner.identity()
        return before
      },
    })),
  },
  ...[
    { fault: 'a closed log takes appends and drops them', change: { append: async () => [1] } },
    { fault: 'a closed log is empty', change: { read: async () => ({ events: [], upTo: 0 }) } },
    { fault: 'a closed log tells its end', change: { sealed: async () => 1 } },
    { fault: 'a closed log tells its identity', change: { identity: async () => 'the log' } },
    { fault: 'a closed log tells that it exists', change: { exists: async () => true } },
    { fault: 'a closed log can be listened to', change: { onAdvance: () => ({ [Symbol.dispose]: () => {} }) } },
    {
      fault: 'a closed log fails with an error of its driver',
      change: {
        append: async () => {
          throw new Error('database is not open')
        },
      },
    },
    {
      fault: 'a second close fails',
      change: {
        close: async () => {
          throw new Error('database is not open')
        },
      },
    },
  ].map(
    ({ fault, change }): BrokenLog => ({
      fault,
      foundBy: 'a closed log refuses everything with StoreClosed, and closing it again does nothing',
      breaks: withLog((inner) => {
        let log = inner
        return {
          append: (events) => log.append(events),
          read: (query) => log.read(query),
          sealed: () => log.sealed(),
          identity: () => log.identity(),
          exists: () => log.exists(),
          onAdvance: (ring) => log.onAdvance(ring),
          close: async () => {
            await log.close()
            log = replacing(inner, change)
          },
        }
      }),
    }),
  ),
  {
    fault: 'a log that was not opened cannot be closed',
    foundBy: 'a log that was never used can be closed, and what listened to it be disposed afterwards',
    breaks: withLog((inner) => {
      let used = false
      return {
        append: (events) => {
          used = true
          return inner.append(events)
        },
        close: async () => {
          if (!used) throw new Error('not open')
          await inner.close()
        },
      }
    }),
  },
  {
    fault: 'nothing can be disposed after the close',
    foundBy: 'a log that was never used can be closed, and what listened to it be disposed afterwards',
    breaks: withLog((inner) => {
      let closed = false
      return {
        onAdvance: (ring) => {
          const ringing = inner.onAdvance(ring)
          return {
            [Symbol.dispose]: () => {
              if (closed) throw new Error('not open')
              ringing[Symbol.dispose]()
            },
          }
        },
        close: () => {
          closed = true
          return inner.close()
        },
      }
    }),
  },
  {
    fault: 'close forgets what waits',
    foundBy: 'close finishes what is in flight: each append is acknowledged or refused as closed, each read answered',
    breaks: withLog((inner) => {
      let closed = false
      return {
        append: async (events) => {
          const copy = structuredClone(events)
          await turn()
          return closed ? new Promise<never>(() => {}) : inner.append(copy)
        },
        close: () => {
          closed = true
          return inner.close()
        },
      }
    }),
  },
  {
    fault: 'what is in flight at the close fails with an error of the driver',
    foundBy: 'close finishes what is in flight: each append is acknowledged or refused as closed, each read answered',
    breaks: withLog((inner) => {
      let closed = false
      return {
        sealed: async () => {
          await turn()
          if (closed) throw new Error('database is not open')
          return inner.sealed()
        },
        close: () => {
          closed = true
          return inner.close()
        },
      }
    }),
  },
  {
    fault: 'closing one handle closes all',
    foundBy: 'closing one handle ends no other',
    on: 'SQLite',
    breaks: (subject) => {
      const closes: (() => Promise<void>)[] = []
      return withLog((inner) => {
        closes.push(() => inner.close())
        return {
          close: async () => {
            for (const close of closes) await close()
          },
        }
      })(subject)
    },
  },
  {
    fault: 'opened again it is another log',
    foundBy: 'what was acknowledged is there, unchanged, when the log is opened again; so are its identity and its ids',
    on: 'SQLite',
    breaks: (subject) => ({ ...subject, reopen: () => subject.open() }),
  },
  {
    fault: 'ids are forgotten when the log is opened again',
    foundBy: 'what was acknowledged is there, unchanged, when the log is opened again; so are its identity and its ids',
    on: 'SQLite',
    breaks: withLog((inner) => {
      const ids = new Map<string, string>()
      return {
        append: async (events) => {
          const known = new Set((await inner.read({ after: 0, limit: 10_000 })).events.map(({ id }) => id))
          const own = events.map((event) => {
            const id = ids.get(event.id) ?? (known.has(event.id) ? newId(systemRuntime) : event.id)
            ids.set(event.id, id)
            return { ...event, id }
          })
          return inner.append(own)
        },
      }
    }),
  },
]

/** Rings that each handle keeps itself, rung after each of its appends. */
function withOwnRings(ringAll: (rings: Iterable<() => void>) => void): BrokenLog['breaks'] {
  return withLog((inner) => {
    const rings = new Set<() => void>()
    return {
      append: async (events) => {
        const positions = await inner.append(events)
        ringAll(rings)
        return positions
      },
      onAdvance: (ring) => {
        const own = (): void => ring()
        rings.add(own)
        return { [Symbol.dispose]: () => rings.delete(own) }
      },
    }
  })
}
