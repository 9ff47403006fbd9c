import { command, defineContract, defineService, type OperationContext, query, type Service, type ServiceDatabase } from '@tidings/core'
import { type MemoryHandle, memory } from '@tidings/event-store/memory'
import * as z from 'zod'

const what = z.object({ what: z.string() })
const text = z.object({ text: z.string() })
const operations = {
  ask: query({ input: what, output: text, errors: { NotFound: what }, access: 'public' }),
  other: query({ input: z.object({}), output: z.object({}), access: 'public' }),
  act: command({ input: what, output: z.object({ acts: z.int() }), errors: { Refused: what }, access: 'public' }),
}
const publicAsk = query({ input: what, output: text, errors: { NotFound: what }, access: 'public', http: 'GET /front/:what' })

/** Asked by the middle. */
export const back = defineContract('back', { operations })
/** Asks the back, asked by the front. */
export const middle = defineContract('middle', { operations })
/** Asks the middle. */
export const front = defineContract('front', { operations: { ...operations, ask: publicAsk } })

type Uses = { readonly back: typeof back; readonly middle: typeof middle }
type Operations = typeof operations
// biome-ignore lint/complexity/noBannedTypes: {} is "none" for the settings and the copies
type Context<Name extends keyof Operations> = OperationContext<typeof front, Uses, MemoryHandle, {}, {}, Operations[Name]>
type Handler<Name extends keyof Operations, Out> = (input: { readonly what: string }, ctx: Context<Name>) => Promise<Out>

/** What the handlers of one service do. */
export interface Behaviour {
  ask: Handler<'ask', { text: string }>
  act: Handler<'act', { acts: number }>
}

/** The three services, which do what the test says. As they are, each asks the next and keeps what it was asked to do. */
export class Chain {
  readonly back: Behaviour
  readonly middle: Behaviour
  readonly front: Behaviour
  /** Every handler that has begun, such as `back.ask`. */
  readonly begun: string[] = []

  constructor() {
    const { keep } = this
    this.back = { ask: async ({ what: text }) => ({ text }), act: keep }
    this.middle = {
      ask: (input, ctx) => ctx.call.back.ask(input),
      act: async (input, ctx) => {
        await ctx.call.back.act(input)
        return await keep(input, ctx)
      },
    }
    this.front = {
      ask: (input, ctx) => ctx.call.middle.ask(input),
      act: async (input, ctx) => {
        await ctx.call.middle.act(input)
        return await keep(input, ctx)
      },
    }
  }

  /** The services, each with a database that is given. */
  services(): Record<'back' | 'middle' | 'front', Service> {
    const database = memory() as ServiceDatabase<MemoryHandle>
    const uses = { back, middle }
    return {
      back: defineService(back, { uses: {}, database }).implement(this.#handlers('back')) as Service,
      middle: defineService(middle, { uses: { back }, database }).implement(this.#handlers('middle')) as Service,
      front: defineService(front, { uses, database }).implement(this.#handlers('front')) as Service,
    }
  }

  /** Writes down that it was asked, without a key, so that a second time would show. */
  readonly keep: Handler<'act', { acts: number }> = async ({ what: text }, ctx) => {
    const acts = (await ctx.db.all('acts')).length + 1
    await ctx.db.put('acts', String(acts), text)
    return { acts }
  }

  #handlers(name: 'back' | 'middle' | 'front'): never {
    const run =
      (operation: 'ask' | 'act') =>
      (input: { readonly what: string }, ctx: Context<'ask'> & Context<'act'>): Promise<unknown> => {
        this.begun.push(`${name}.${operation}`)
        return this[name][operation](input, ctx)
      }
    // One set of handlers serves three contracts, whose types are the same but for their names.
    return { ask: run('ask'), act: run('act'), other: async () => ({}) } as never
  }
}
