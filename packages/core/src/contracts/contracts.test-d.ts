// Types only: nothing here runs. Each `@ts-expect-error` is a mistake that the compiler must find.
import * as z from 'zod'
import { defineContract } from './define-contract.ts'
import { defineEvent, type EventType } from './define-event.ts'
import { command } from './define-operation.ts'

const Counted = defineEvent('stock.item-counted', {
  version: 2,
  schema: z.object({ itemId: z.string(), count: z.coerce.number(), shelf: z.string().default('A') }),
  key: (item) => item.itemId,
  upcast: { 1: (old: { id: string }) => ({ itemId: old.id, count: 0 }) },
})

// A publisher gives what the schema takes, a consumer gets what it makes.
export const typed: EventType<
  'stock.item-counted',
  { itemId: string; count: unknown; shelf?: string | undefined },
  { itemId: string; count: number; shelf: string }
> = Counted

defineEvent('stock.item-lost', {
  version: 1,
  schema: z.object({ itemId: z.string() }),
  // @ts-expect-error the data has no such field
  key: (item) => item.id,
})

defineEvent('stock.item-found', {
  version: 1,
  schema: z.object({ itemId: z.number() }),
  // @ts-expect-error a key is a text
  key: (item) => item.itemId,
})

// @ts-expect-error a version is needed
defineEvent('stock.item-found', { schema: z.object({ itemId: z.string() }), key: (item) => item.itemId })

defineContract('stock', {
  events: { Counted },
  // @ts-expect-error an event is no operation
  operations: { Counted },
})

// @ts-expect-error an operation has an output
command({ input: z.object({}) })

command({
  input: z.object({}),
  output: z.object({}),
  // @ts-expect-error access is public, authenticated or scopes
  access: 'everyone',
})
