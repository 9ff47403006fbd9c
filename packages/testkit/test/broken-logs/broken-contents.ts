import { type StoredEvent, TidingsError } from '@tidings/core'
import { type BrokenLog, turn, withAppend, withEvents, withLog, withoutRule, writingWhatIsRefused } from './break-log.ts'

const fields = [
  'id',
  'type',
  'version',
  'key',
  'service',
  'time',
  'correlationId',
  'causationId',
  'traceparent',
  'headers',
  'encoding',
  'data',
]

/** Faults in what is kept of an event, and in what is refused. */
export const brokenContents: readonly BrokenLog[] = [
  ...[
    { fault: 'text ends at a NUL', change: (text: string) => text.split('\0')[0] ?? '' },
    { fault: 'text is kept as Latin-1', change: (text: string) => Buffer.from(text, 'latin1').toString('latin1') },
    { fault: 'spaces at the ends of text are lost', change: (text: string) => text.trim() },
    { fault: 'line ends are made the same', change: (text: string) => text.replaceAll('\n', '\r\n') },
  ].map(({ fault, change }) => ({
    fault,
    foundBy: 'every field comes back as it was given, whatever its text',
    breaks: withEvents((event) => mapTexts(event, change)),
  })),
  {
    fault: 'versions have 32 bits',
    foundBy: 'every field comes back as it was given, whatever its text',
    breaks: withEvents((event) => ({ ...event, version: event.version >>> 0 })),
  },
  {
    fault: 'dollar signs in names of headers are replaced',
    foundBy: 'every field comes back as it was given, whatever its text',
    breaks: withEvents((event) => ({
      ...event,
      headers: Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.replaceAll('$', '_'), value])),
    })),
  },
  {
    fault: 'data is parsed and printed again',
    foundBy: 'the text of data is kept byte for byte, in any encoding',
    breaks: withEvents((event) => (event.encoding === 'json' ? { ...event, data: JSON.stringify(JSON.parse(event.data)) } : event)),
  },
  {
    fault: 'long data is cut',
    foundBy: 'the text of data is kept byte for byte, in any encoding',
    breaks: withEvents((event) => ({ ...event, data: event.data.slice(0, 65_536) })),
  },
  {
    fault: 'data that is empty is null',
    foundBy: 'the text of data is kept byte for byte, in any encoding',
    breaks: withEvents((event) => ({ ...event, data: event.data === '' ? 'null' : event.data })),
  },
  {
    fault: 'what was not given is null',
    foundBy: 'fields that are not given are absent, not null',
    breaks: withEvents((event) => ({ causationId: null, traceparent: null, ...event }) as unknown as StoredEvent),
  },
  {
    fault: 'unknown fields are dropped',
    foundBy: 'fields that this release does not know come back with a read',
    breaks: withEvents(
      (event) =>
        Object.fromEntries(
          Object.entries(event).filter(([name]) => name === 'position' || fields.includes(name)),
        ) as unknown as StoredEvent,
    ),
  },
  {
    fault: 'unknown fields are kept as text',
    foundBy: 'fields that this release does not know come back with a read',
    breaks: withEvents(
      (event) =>
        Object.fromEntries(
          Object.entries(event).map(([name, value]) => [name, name === 'position' || fields.includes(name) ? value : String(value)]),
        ) as unknown as StoredEvent,
    ),
  },
  {
    fault: 'the events are looked at some time after the call',
    foundBy: 'what the caller does to its events after the call, or a reader to what it read, changes nothing in the log',
    breaks: withAppend(async (events, inner) => {
      await turn()
      return inner.append(events)
    }),
  },
  {
    fault: 'readers share the objects that they read',
    foundBy: 'what the caller does to its events after the call, or a reader to what it read, changes nothing in the log',
    breaks: withLog((inner) => {
      const kept = new Map<string, StoredEvent>()
      return {
        read: async (query) => {
          const { events, upTo } = await inner.read(query)
          for (const event of events) if (!kept.has(event.id)) kept.set(event.id, structuredClone(event))
          return { events: events.map((event) => kept.get(event.id) ?? event), upTo }
        },
      }
    }),
  },
  {
    fault: 'an append of more than 1,000 events is written in parts',
    foundBy: 'an append has 1 to 1,000 events; others are refused and nothing is written',
    breaks: withAppend(async (events, inner) =>
      events.length > 1_000
        ? [...(await inner.append(events.slice(0, 1_000))), ...(await inner.append(events.slice(1_000)))]
        : inner.append(events),
    ),
  },
  {
    fault: 'an append of no events is done at once',
    foundBy: 'an append has 1 to 1,000 events; others are refused and nothing is written',
    breaks: withAppend(async (events, inner) => (events.length === 0 ? [] : inner.append(events))),
  },
  ...[
    { fault: 'size is counted in characters', isSmall: (text: string) => text.length <= 1_048_576 },
    { fault: 'size does not count', isSmall: () => true },
  ].map(({ fault, isSmall }) => ({
    fault,
    foundBy: 'an event has at most 1 MiB, in UTF-8, in whatever field; a larger one is refused and nothing is written',
    breaks: withoutRule((error, events) => isLimit(error, 'eventBytes') && events.every(({ data }) => isSmall(data))),
  })),
  ...(['headers', 'correlationId', 'fieldOfTomorrow'] as const).map((field) => ({
    fault: `the size of ${field} does not count`,
    foundBy: 'an event has at most 1 MiB, in UTF-8, in whatever field; a larger one is refused and nothing is written',
    breaks: withoutRule(
      (error, events) =>
        isLimit(error, 'eventBytes') && JSON.stringify(events.map((event) => Reflect.get(event, field))).length > 1_000_000,
    ),
  })),
  {
    fault: 'data may be nested as deep as it likes',
    foundBy: 'data has at most 64 levels; deeper data is refused and nothing is written',
    breaks: withoutRule((error) => isLimit(error, 'nesting')),
  },
  {
    fault: 'data has at most 63 levels',
    foundBy: 'data has at most 64 levels; deeper data is refused and nothing is written',
    breaks: withAppend(async (events, inner) => {
      if (events.some(({ data }) => data === `${'['.repeat(64)}${']'.repeat(64)}`)) throw new Error('too deep')
      return inner.append(events)
    }),
  },
  ...[...fields, 'fieldOfTomorrow'].map((field) => ({
    fault: `${field} may be anything`,
    foundBy: 'an event that would be poison to its readers is refused, and nothing is written',
    breaks: withoutRule((error) => 'path' in error && String(error.path).startsWith(field)),
  })),
  {
    fault: 'poison is refused with whatever error comes of it',
    foundBy: 'an event that would be poison to its readers is refused, and nothing is written',
    breaks: withAppend(async (events, inner) => {
      try {
        return await inner.append(events)
      } catch (error) {
        throw error instanceof TidingsError && error.code === 'LOG_EVENT_INVALID' ? new TypeError(error.message) : error
      }
    }),
  },
  {
    fault: 'poison is refused, and something of it written',
    foundBy: 'an event that would be poison to its readers is refused, and nothing is written',
    breaks: writingWhatIsRefused('LOG_EVENT_INVALID'),
  },
]

function isLimit(error: TidingsError, limit: string): boolean {
  return 'limit' in error && error.limit === limit
}

/** The event with every text in it changed, but for its id. */
function mapTexts(event: StoredEvent, change: (text: string) => string): StoredEvent {
  return {
    ...event,
    type: change(event.type),
    key: change(event.key),
    service: change(event.service),
    headers: Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [change(name), change(value)])),
  }
}
