import { type BrokenLog, withEvents, withLog, withRead } from './break-log.ts'

/** Faults in what a read answers. */
export const brokenReads: readonly BrokenLog[] = [
  ...[
    { fault: 'after is inclusive', breaks: withRead((query, ask) => ask({ ...query, after: Math.max(0, query.after - 1) })) },
    { fault: 'the limit is one more', breaks: withRead((query, ask) => ask({ ...query, limit: Math.min(10_000, query.limit + 1) })) },
    {
      fault: 'the newest come first',
      breaks: withRead(async (query, ask) => {
        const { events, upTo } = await ask(query)
        return { events: [...events].reverse(), upTo }
      }),
    },
    {
      fault: 'upTo is the last event but one',
      breaks: withRead(async (query, ask) => {
        const { events, upTo } = await ask(query)
        return { events, upTo: events.length > 1 ? upTo - 1 : upTo }
      }),
    },
  ].map((one) => ({ ...one, foundBy: 'a read answers the events after a position, in order, at most as many as asked for' })),
  ...[
    {
      fault: 'upTo is the end of the log, even where the limit ended the read',
      breaks: withRead(async (query, ask) => ({
        ...(await ask(query)),
        upTo: (await ask({ after: query.after, types: [], limit: 1 })).upTo,
      })),
    },
    { fault: 'types are ignored', breaks: withRead(({ after, limit }, ask) => ask({ after, limit })) },
    { fault: 'only the first type counts', breaks: withRead((query, ask) => ask({ ...query, types: query.types?.slice(0, 1) })) },
    {
      fault: 'a type that is named twice answers its events twice',
      breaks: withRead(async (query, ask) => {
        const { events, upTo } = await ask(query)
        const twice = (type: string): number => query.types?.filter((one) => one === type).length ?? 1
        return { events: events.flatMap((event) => Array.from({ length: twice(event.type) }, () => event)), upTo }
      }),
    },
    {
      fault: 'the events of one type come after those of another',
      breaks: withRead(async (query, ask) => {
        const { events, upTo } = await ask(query)
        return { events: events.toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0)), upTo }
      }),
    },
  ].map((one) => ({ ...one, foundBy: 'a read by types answers all events of these types up to upTo, and no others' })),
  {
    fault: 'upTo is the last event that was found',
    foundBy: 'upTo passes events of types that are not wanted, up to the end of the log',
    breaks: withRead(async (query, ask) => {
      const { events } = await ask(query)
      return { events, upTo: events.at(-1)?.position ?? query.after }
    }),
  },
  {
    fault: 'upTo moves one event at a time',
    foundBy: 'upTo passes events of types that are not wanted, up to the end of the log',
    breaks: withRead(async (query, ask) => {
      const { events, upTo } = await ask(query)
      const next = Math.min(upTo, query.after + 1)
      return { events: events.filter(({ position }) => position <= next), upTo: next }
    }),
  },
  {
    fault: 'no types are all types',
    foundBy: 'an empty list of types reads nothing and still moves upTo',
    breaks: withRead(({ types, ...query }, ask) => ask(types?.length === 0 ? query : { ...query, types })),
  },
  {
    fault: 'no types are a question that needs no look at the log',
    foundBy: 'an empty list of types reads nothing and still moves upTo',
    breaks: withRead(async (query, ask) => (query.types?.length === 0 ? { events: [], upTo: query.after } : ask(query))),
  },
  ...[
    { fault: 'the case of types does not count', isSame: (type: string, wanted: string) => type.toLowerCase() === wanted.toLowerCase() },
    { fault: 'types are prefixes', isSame: (type: string, wanted: string) => type.startsWith(wanted) },
    { fault: 'spaces at the end of types do not count', isSame: (type: string, wanted: string) => type.trimEnd() === wanted.trimEnd() },
    {
      fault: 'types are patterns',
      isSame: (type: string, wanted: string) => new RegExp(`^${wanted.replaceAll(/[*%]/g, '.*').replaceAll('_', '.')}$`).test(type),
    },
    {
      fault: 'accents do not count',
      isSame: (type: string, wanted: string) => type.localeCompare(wanted, 'en', { sensitivity: 'base' }) === 0,
    },
  ].map(({ fault, isSame }) => ({
    fault,
    foundBy: 'types are matched exactly, and may be as many as there are',
    breaks: withRead(async (query, ask) => {
      const { types, ...rest } = query
      if (types === undefined) return ask(query)
      const { events, upTo } = await ask(rest)
      return { events: events.filter(({ type }) => types.some((wanted) => isSame(type, wanted))), upTo }
    }),
  })),
  {
    fault: 'of more than 32,766 types the last are forgotten',
    foundBy: 'types are matched exactly, and may be as many as there are',
    breaks: withRead((query, ask) => ask({ ...query, types: query.types?.slice(0, 32_766) })),
  },
  {
    fault: 'upTo is the end of the log, even where after is past it',
    foundBy: 'at the end of the log and past it nothing is read, and upTo is never below after',
    breaks: withLog((inner) => ({
      read: async (query) => {
        const { events, upTo } = await inner.read(query)
        return { events, upTo: Math.min(upTo, await inner.sealed()) }
      },
    })),
  },
  {
    fault: 'what is read tells of its reading',
    foundBy: 'what was read is final: every handle reads the same bytes again, whatever was appended since',
    breaks: withLog((inner) => {
      let reads = 0
      return {
        read: async (query) => {
          const { events, upTo } = await inner.read(query)
          return { events: events.map((event) => ({ ...event, readNumber: ++reads })), upTo }
        },
      }
    }),
  },
  {
    fault: 'the order of the headers changes',
    foundBy: 'what was read is final: every handle reads the same bytes again, whatever was appended since',
    breaks: (subject) => {
      let reads = 0
      return withEvents((event) => {
        const headers = Object.entries(event.headers)
        return { ...event, headers: Object.fromEntries(reads++ % 2 === 0 ? headers : headers.reverse()) }
      })(subject)
    },
  },
  {
    fault: 'odd limits and positions are put right in silence',
    foundBy: 'a read that asks for less than 1 event, more than 10,000, or from no position is refused',
    breaks: withRead((query, ask) =>
      ask({
        ...query,
        limit: query.limit >= 1 ? Math.floor(Math.min(query.limit, 10_000)) : 1,
        after: query.after >= 0 ? Math.floor(Math.min(query.after, 2 ** 52)) : 0,
      }),
    ),
  },
  {
    fault: 'the signal is ignored',
    foundBy: 'a read whose signal is aborted rejects with its reason',
    breaks: withRead(({ signal: _, ...query }, ask) => ask(query)),
  },
  {
    fault: 'upTo is one too far where the limit ended the read',
    foundBy: 'whatever is appended and read in whatever order, the log answers as a list would',
    breaks: withLog((inner) => ({
      read: async (query) => {
        const { events, upTo } = await inner.read(query)
        return { events, upTo: events.length === query.limit ? Math.min(upTo + 1, await inner.sealed()) : upTo }
      },
    })),
  },
]
