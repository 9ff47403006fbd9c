import {
  type ConsumerOptions,
  command,
  defineContract,
  defineEvent,
  defineService,
  type Logger,
  type ReactionContext,
  type Runtime,
  type Service,
  systemRuntime,
} from '@tidings/core'
import { createSystem, type System } from '@tidings/event-store'
import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import { onTestFinished } from 'vitest'
import * as z from 'zod'

export const NoteWritten = defineEvent('notes.note-written', {
  version: 1,
  schema: z.object({ noteId: z.string(), text: z.string(), author: z.string().optional() }),
  key: (note) => note.noteId,
})
export const NoteRemoved = defineEvent('notes.note-removed', {
  version: 1,
  schema: z.object({ noteId: z.string() }),
  key: (note) => note.noteId,
})
export const notes = defineContract('notes', {
  events: { NoteWritten, NoteRemoved },
  operations: {
    write: command({ input: z.object({ noteId: z.string(), text: z.string() }), output: z.object({}) }),
    remove: command({ input: z.object({ noteId: z.string() }), output: z.object({}) }),
  },
})

export const notesService = defineService(notes).implement({
  write: async (note, ctx) => {
    await ctx.publish('NoteWritten', note)
    return {}
  },
  remove: async (note, ctx) => {
    await ctx.publish('NoteRemoved', note)
    return {}
  },
})

export const readers = defineContract('readers', {})

// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
export type ReaderContext = ReactionContext<typeof readers, {}, SqliteHandle, {}, {}>

/** The database of the readers: what each handled, in order, without a key, so that a second time would show. */
export const readersDatabase = sqlite({
  migrations: ['create table seen (number integer primary key, handler text, note text, text text) strict'],
})

/** Writes down that a handler saw a note. */
export async function see(
  ctx: { readonly db: SqliteHandle },
  handler: string,
  note: { readonly noteId: string; readonly text: string },
): Promise<void> {
  await ctx.db.run('insert into seen (handler, note, text) values (?, ?, ?)', handler, note.noteId, note.text)
}

/** A service that reacts to every note as the test says. */
export function readersService(
  react: (note: { noteId: string; text: string }, ctx: ReaderContext) => Promise<void>,
  consumer: ConsumerOptions = {},
): Service<typeof readers> {
  return defineService(readers, { database: readersDatabase, consumer: { retry: { attempts: 3, baseMs: 1, maxMs: 5 }, ...consumer } })
    .on(NoteWritten, react, { from: 'beginning' })
    .implement({})
}

/** What the readers have seen, in order. */
export async function seen(system: System): Promise<string[]> {
  return system.in('readers', async (ctx) => {
    const rows = await (ctx.db as SqliteHandle).all<{ handler: string; note: string; text: string }>(
      'select handler, note, text from seen order by number',
    )
    return rows.map(({ handler, note, text }) => `${handler} ${note} ${text}`)
  })
}

/** A runtime that keeps what the library reports. */
export function recordingRuntime(): { readonly runtime: Runtime; readonly lines: string[] } {
  const lines: string[] = []
  const keep = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  const logger: Logger = { info: keep('info'), warn: keep('warn'), error: keep('error') }
  return { runtime: { ...systemRuntime, logger }, lines }
}

/** Starts services on SQLite files in the directory; stopped at the latest when the test has finished. */
export async function run<const S extends readonly Service[]>(
  directory: string,
  services: S,
  runtime: Runtime = recordingRuntime().runtime,
): Promise<System<S>> {
  const system = createSystem({ services, directory, runtime })
  onTestFinished(() => system.stop())
  await system.start()
  return system
}

/** Writes notes through the service that owns them. */
export async function write(system: System, ...written: readonly (readonly [noteId: string, text: string])[]): Promise<void> {
  const client = system.call('notes') as unknown as { write(note: { noteId: string; text: string }): Promise<unknown> }
  for (const [noteId, text] of written) await client.write({ noteId, text })
}
