/** How many contracts there are, and how much is in each. */
export const contractCount = 40

const fields =
  'id: z.string(), name: z.string().min(1), note: z.string().optional(), at: z.iso.datetime(), amount: z.number().positive(), tags: z.array(z.string()), lines: z.array(z.object({ sku: z.string(), count: z.number().int(), price: z.number() }))'

/** The source of one contract: three events and four operations, with nested fields, defaults, unions and errors. */
export function contractSource(number: number): string {
  const name = `service-${letters(number)}`
  return `import { command, defineContract, defineEvent, query } from '@tidings/core'
import * as z from 'zod'
const Thing = z.object({ ${fields}, state: z.enum(['open', 'paid', 'closed']).default('open') })
export const Changed${number} = defineEvent('${name}.thing-changed', { version: 1, schema: Thing, key: (thing) => thing.id })
export const Paid${number} = defineEvent('${name}.thing-paid', { version: 1, schema: Thing.pick({ id: true, amount: true, at: true }), key: (thing) => thing.id })
export const Removed${number} = defineEvent('${name}.thing-removed', { version: 1, schema: z.object({ id: z.string(), why: z.union([z.string(), z.object({ code: z.number() })]) }), key: (thing) => thing.id })
export const contract${number} = defineContract('${name}', {
  events: { Changed: Changed${number}, Paid: Paid${number}, Removed: Removed${number} },
  operations: {
    change: command({ input: Thing, output: z.object({ id: z.string() }), errors: { Refused: z.object({ why: z.string() }) }, access: 'public' }),
    pay: command({ input: z.object({ id: z.string(), amount: z.coerce.number() }), output: z.object({ at: z.iso.datetime() }), errors: { NotFound: z.object({ id: z.string() }), Closed: z.object({ since: z.string() }) } }),
    find: query({ input: z.object({ id: z.string() }), output: Thing, errors: { NotFound: z.object({ id: z.string() }) } }),
    list: query({ input: z.object({ from: z.string().optional(), limit: z.number().default(10) }), output: z.array(Thing), access: 'authenticated' }),
  },
})
`
}

/** The source of one service that may call all the contracts, copies from ten, reacts to ten, and implements its own. */
export function serviceSource(): string {
  const numbers = Array.from({ length: contractCount }, (_, number) => number)
  const imports = numbers.map((number) => {
    const events = number < 10 ? [`Changed${number}`, `Removed${number}`] : number < 20 ? [`Paid${number}`] : []
    return `import { ${[...events, `contract${number}`].join(', ')} } from './contract-${number}.js'`
  })
  const uses = numbers.map((number) => `s${number}: contract${number}`).join(', ')
  const copies = numbers
    .slice(0, 10)
    .map(
      (number) =>
        `  .copy(Changed${number}.pick('id', 'name', 'lines'), { into: 'things${number}' })\n  .copy(Removed${number}, { removeFrom: 'things${number}' })`,
    )
  const reactions = numbers.slice(10, 20).map(
    (number) => `  .on(Paid${number}.pick('id', 'amount'), async (paid, ctx) => {
    const found = await ctx.call.s${number}.find({ id: paid.id })
    await ctx.call.s${number}.pay({ id: found.id, amount: paid.amount })
    await ctx.publish('Paid', { id: found.id, amount: found.amount, at: found.at })
  })`,
  )
  return `import { defineService } from '@tidings/core'
${imports.join('\n')}
export const service = defineService(contract0, { uses: { ${uses} } })
${copies.join('\n')}
${reactions.join('\n')}
  .implement({
    change: async (input, ctx) => {
      const other = await ctx.copies.things1.get(input.id)
      if (other === undefined) return ctx.fail('Refused', { why: 'unknown' })
      await ctx.publish('Changed', { ...input, name: other.name })
      return { id: input.id }
    },
    pay: async (input, ctx) => {
      const found = await ctx.call.s39.find({ id: input.id })
      // @ts-expect-error the types arrived: there is no such operation
      void ctx.call.s39.nope
      if (found.amount < input.amount) ctx.fail('Closed', { since: found.at })
      await ctx.publish('Paid', { id: input.id, amount: input.amount, at: found.at })
      return { at: found.at }
    },
    find: async (input, ctx) => (await ctx.call.s20.find(input)) ?? ctx.fail('NotFound', { id: input.id }),
    list: async (input, ctx) => await ctx.call.s21.list({ limit: input.limit }),
  })
`
}

/** A number as letters, since names of services hold none but lower case: 0 is a, 27 is bb. */
function letters(number: number): string {
  return String.fromCharCode(97 + (number % 26)).repeat(1 + Math.floor(number / 26))
}
