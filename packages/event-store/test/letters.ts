import { command, defineContract, defineEvent, defineService, type Service } from '@tidings/core'
import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import * as z from 'zod'

// The services behind the stored files in `fixtures/`. Those files are of a released format: what is changed here must still
// be what wrote them.

const Letter = z.object({ letterId: z.string(), to: z.string(), text: z.string() })

const LetterSent = defineEvent('letters.letter-sent', { version: 1, schema: Letter, key: (letter) => letter.to })

export const letters = defineContract('letters', {
  events: { LetterSent },
  operations: { send: command({ input: z.object({ to: z.string(), text: z.string() }), output: z.object({ letterId: z.string() }) }) },
})

export const desk = defineContract('desk', {})

export const lettersService = defineService(letters).implement({
  send: async ({ to, text }, ctx) => {
    const letterId = ctx.newId()
    await ctx.publish('LetterSent', { letterId, to, text })
    return { letterId }
  },
})

/** Reads every letter once, and fails at those with the text given. */
export function deskService(failsAt?: string): Service<typeof desk> {
  const database = sqlite({ migrations: ['create table read_letters (number integer primary key, receiver text, text text) strict'] })
  return defineService(desk, { database, consumer: { retry: { attempts: 2, baseMs: 1, maxMs: 2 } } })
    .copy(LetterSent.pick('letterId', 'to'), { into: 'newest' })
    .on(
      LetterSent.pick('to', 'text'),
      async ({ to, text }, ctx) => {
        if (text === failsAt) throw new Error('unreadable')
        await ctx.db.run('insert into read_letters (receiver, text) values (?, ?)', to, text)
      },
      { from: 'beginning' },
    )
    .implement({})
}

/** What the desk has read, in order. */
export async function readLetters(db: SqliteHandle): Promise<string[]> {
  const rows = await db.all<{ receiver: string; text: string }>('select receiver, text from read_letters order by number')
  return rows.map(({ receiver, text }) => `${receiver} ${text}`)
}
