// Types only: nothing here runs. Each `@ts-expect-error` is a mistake that the compiler must find.
import { defineContract, defineService } from '@tidings/core'
import { type MongodbHandle, mongodbDatabase } from '@tidings/event-store/mongodb'
import { NoteWritten } from './notes.ts'

interface Invoice {
  _id: string
  cents: number
}

const database = mongodbDatabase({
  url: 'mongodb://127.0.0.1/shelf',
  collections: { invoices: { indexes: [{ key: { cents: 1 } }, { key: { at: -1 }, unique: true }] } },
})

export const service = defineService(defineContract('shelf', {}), { database }).on(
  NoteWritten,
  async (note, ctx) => {
    const invoices = ctx.db.collection<Invoice>('invoices')
    await invoices.insertOne({ _id: note.noteId, cents: 1 })
    const found: Invoice | null = await invoices.findOne({ _id: note.noteId })
    const all: Invoice[] = await invoices
      .find({ cents: { $gt: 1 } })
      .sort({ cents: 1 })
      .limit(1)
      .toArray()
    for await (const { cents } of invoices.find()) void (cents satisfies number)
    void [found, all]
    // @ts-expect-error a field is missing
    await invoices.insertOne({ _id: 'a' })
    // @ts-expect-error a field has another type
    await invoices.updateOne({ _id: 'a' }, { $set: { cents: 'many' } })
    // @ts-expect-error every call runs in the handler's transaction
    await invoices.findOne({}, { session: undefined })
    // @ts-expect-error a collection's life is no matter of a handler
    void invoices.drop
    // @ts-expect-error there is no way to other databases
    void ctx.db.client
  },
  { from: 'now' },
)

export type Handle = Parameters<Parameters<typeof service.on>[1]>[1] extends { readonly db: MongodbHandle } ? true : never
export const hasItsHandle: Handle = true
