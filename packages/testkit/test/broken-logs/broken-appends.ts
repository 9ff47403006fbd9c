import { EventIdReused, type EventLog, type NewEvent, newId, type Position, systemRuntime } from '@tidings/core'
import { type BrokenLog, contentsOf, turn, withAppend, withLog, withRead, writingWhatIsRefused } from './break-log.ts'

/** Faults in positions, and in what an append takes effect with. */
export const brokenAppends: readonly BrokenLog[] = [
  {
    fault: 'the answer counts from 0',
    foundBy: 'positions are 1, 2, 3 … in the order of the events, and the answer tells them',
    breaks: withAppend(async (events, inner) => (await inner.append(events)).map((position) => position - 1)),
  },
  {
    fault: 'the answer is in the order of the positions, and the events in another',
    foundBy: 'positions are 1, 2, 3 … in the order of the events, and the answer tells them',
    breaks: withAppend(async (events, inner) => [...(await inner.append([...events].reverse()))]),
  },
  {
    fault: 'sealed tells the next position',
    foundBy: 'positions are 1, 2, 3 … in the order of the events, and the answer tells them',
    breaks: withLog((inner) => ({ sealed: async () => (await inner.sealed()) + 1 })),
  },
  {
    fault: 'a number is taken before the commit',
    foundBy: 'positions have no gaps and none is given twice when several handles append at once',
    breaks: withAppend(async (events, inner) => {
      const head = await inner.sealed()
      await inner.append(events)
      return events.map((_, i) => head + 1 + i)
    }),
  },
  {
    fault: 'an event becomes visible after one that stands behind it',
    foundBy: 'a reader never sees a position and later an event under it, however many append',
    breaks: (subject) => {
      const seenBefore = new Set<Position>()
      return withRead(async (query, ask) => {
        const { events, upTo } = await ask(query)
        const visible = events.filter(({ position }) => position % 5 !== 0 || seenBefore.has(position) || position > upTo)
        for (const { position } of events) seenBefore.add(position)
        return { events: visible, upTo }
      })(subject)
    },
  },
  {
    fault: 'each handle takes positions from a block of its own',
    foundBy: 'an append made after another was acknowledged has the higher positions, from whatever handle',
    breaks: (subject) => {
      let blocks = 0
      return withLog((inner) => {
        let next = blocks++ * 1_000
        return {
          append: async (events) => {
            await inner.append(events)
            return events.map(() => ++next)
          },
        }
      })(subject)
    },
  },
  {
    fault: 'sealed is remembered for ever',
    foundBy: 'what was acknowledged can soon be read through every handle, at the position that was told',
    breaks: withLog((inner) => {
      let known: Promise<Position> | undefined
      return {
        sealed: () => {
          known ??= inner.sealed()
          return known
        },
      }
    }),
  },
  {
    fault: 'an append is acknowledged and forgotten',
    foundBy: 'what was acknowledged can soon be read through every handle, at the position that was told',
    breaks: withAppend(async (events, inner) => {
      const head = await inner.sealed()
      return events.map((_, i) => head + 1 + i)
    }),
  },
  {
    fault: 'events are written one by one until one is refused',
    foundBy: 'an append of which one event is refused writes none, wherever it stands',
    breaks: withAppend(async (events, inner) => {
      const positions: Position[] = []
      for (const event of events) positions.push(...(await inner.append([event])))
      return positions
    }),
  },
  {
    fault: 'a refusal leaves a gap',
    foundBy: 'an append of which one event is refused writes none, wherever it stands',
    breaks: withLog((inner) => {
      let gaps = 0
      return {
        append: async (events) => {
          try {
            return (await inner.append(events)).map((position) => position + gaps)
          } catch (error) {
            gaps++
            throw error
          }
        },
      }
    }),
  },
  {
    fault: 'appends of one turn share their fate',
    foundBy: 'an append that is refused fails no other that is made at the same time',
    breaks: withLog((inner) => {
      let group: Promise<{ failed: unknown }> | undefined
      const outcomes: Promise<unknown>[] = []
      return {
        append: async (events) => {
          const appending = inner.append(events)
          appending.catch(() => {})
          outcomes.push(appending)
          group ??= turn().then(async () => {
            group = undefined
            const settled = await Promise.allSettled(outcomes.splice(0))
            return { failed: settled.find((outcome) => outcome.status === 'rejected')?.reason as unknown }
          })
          const { failed } = await group
          if (failed !== undefined) throw failed
          return appending
        },
      }
    }),
  },
  {
    fault: 'the events of an append become visible one after the other',
    foundBy: 'a reader sees all events of an append or none of them',
    breaks: withAppend(async (events, inner) => {
      const positions: Position[] = []
      for (const event of events) {
        positions.push(...(await inner.append([event])))
        await turn()
      }
      return positions
    }),
  },
  {
    fault: 'an event that is there already is refused',
    foundBy: 'appending an event again answers its first position and changes nothing',
    breaks: withAppend(async (events, inner) => {
      const known = await knownOf(events, inner)
      for (const [eventId, { position }] of known) throw new EventIdReused({ eventId, position })
      return inner.append(events)
    }),
  },
  {
    fault: 'an event that is there already is appended again under another id',
    foundBy: 'appending an event again answers its first position and changes nothing',
    breaks: withAppend(async (events, inner) => {
      const known = await knownOf(events, inner)
      return inner.append(events.map((event) => (known.has(event.id) ? { ...event, id: newId(systemRuntime) } : event)))
    }),
  },
  {
    fault: 'a repetition answers the end of the log',
    foundBy: 'appending an event again answers its first position and changes nothing',
    breaks: withAppend(async (events, inner) => {
      const known = await knownOf(events, inner)
      const positions = await inner.append(events)
      const head = await inner.sealed()
      return positions.map((position, i) => (known.has(events[i]?.id ?? '') ? head : position))
    }),
  },
  {
    fault: 'the time belongs to what must be equal',
    foundBy: 'appending an event again answers its first position and changes nothing',
    breaks: withAppend(async (events, inner) => {
      const known = await knownOf(events, inner)
      for (const { id, time } of events) {
        const stored = known.get(id)
        if (stored !== undefined && stored.time !== time) throw new EventIdReused({ eventId: id, position: stored.position })
      }
      return inner.append(events)
    }),
  },
  {
    fault: 'ids are looked up first, and what others write meanwhile is not seen',
    foundBy: 'an event that is appended by many at once stands in the log once, and all are told where',
    breaks: withAppend(async (events, inner) => {
      if ((await knownOf(events, inner)).size > 0) return inner.append(events)
      const head = await inner.sealed()
      await inner.append(events)
      return events.map((_, i) => head + 1 + i)
    }),
  },
  ...(['type', 'version', 'key', 'encoding', 'data'] as const).map(
    (field): BrokenLog => ({
      fault: `an id that comes again with another ${field} is taken for the same event`,
      foundBy: 'an id that comes again with another type, version, key, encoding or data is refused, and nothing is written',
      breaks: withAppend(async (events, inner) => {
        const known = await knownOf(events, inner)
        return inner.append(events.map((event) => ({ ...event, [field]: known.get(event.id)?.[field] ?? event[field] })))
      }),
    }),
  ),
  {
    fault: 'a reused id is refused, and the others of its append are written',
    foundBy: 'an id that comes again with another type, version, key, encoding or data is refused, and nothing is written',
    breaks: writingWhatIsRefused('LOG_EVENT_ID_REUSED'),
  },
  {
    fault: 'an event whose id is just being written is taken for the same',
    foundBy: 'of two events with one id that come at once, one is written and the other refused',
    breaks: (subject) => {
      const flying = new Map<string, NewEvent>()
      return withAppend(async (events, inner) => {
        const same = events.map((event) => flying.get(event.id) ?? event)
        for (const event of same) flying.set(event.id, event)
        await turn()
        try {
          return await inner.append(same)
        } finally {
          for (const { id } of same) flying.delete(id)
        }
      })(subject)
    },
  },
  {
    fault: 'an append of which one event is there already is taken for a repetition',
    foundBy: 'of an append some of whose events are there already the others are appended, in their order',
    breaks: withAppend(async (events, inner) => {
      const known = await knownOf(events, inner)
      return known.size === 0 ? inner.append(events) : events.map(({ id }) => known.get(id)?.position ?? 0)
    }),
  },
  {
    fault: 'an id twice in one append counts once',
    foundBy: 'an id twice in one append is refused, and nothing is written',
    breaks: withAppend(async (events, inner) => {
      const once = new Map(events.map((event) => [event.id, event]))
      const positions = await inner.append([...once.values()])
      const ids = [...once.keys()]
      return events.map(({ id }) => positions[ids.indexOf(id)] ?? 0)
    }),
  },
]

async function knownOf(events: readonly NewEvent[], inner: EventLog): Promise<Map<string, Awaited<ReturnType<typeof contentsOf>>[number]>> {
  const ids = new Set(events.map(({ id }) => id))
  return new Map((await contentsOf(inner)).filter(({ id }) => ids.has(id)).map((event) => [event.id, event]))
}
