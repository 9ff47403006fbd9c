import { type Meta, type Service, type Subscription, TransactionConflict } from '@tidings/core'
import { note, type Recording } from './recording.ts'

/** The service, with every run of its handlers recorded: before it begins, when it fails, and when it takes effect. */
export function recordedService<S extends Service>(service: S, process: string, recording: Recording): S {
  const consumer = service.contract.name as string
  const recorded = async (handler: string, meta: Meta, work: () => Promise<void>): Promise<void> => {
    const facts = { consumer, handler, position: meta.position, id: meta.id, replay: meta.replay }
    recording.record({ kind: 'delivered', process, ...facts })
    try {
      await work()
    } catch (error) {
      // A conflict is no failure of the handler's: all of the transaction runs again.
      if (!(error instanceof TransactionConflict)) recording.record({ kind: 'failed', process, ...facts })
      throw error
    }
    note({ kind: 'handled', ...facts })
  }
  const subscriptions = service.subscriptions.map((one): Subscription => {
    if (one.kind === 'copy-write') return { ...one, write: (data, ctx) => recorded(one.name, ctx.meta, () => one.write(data, ctx)) }
    if (one.kind !== 'reaction') return one
    // A reaction's context always has the event's facts.
    return { ...one, handler: (data, ctx) => recorded(one.name, (ctx as { readonly meta: Meta }).meta, () => one.handler(data, ctx)) }
  })
  return { ...service, subscriptions }
}
