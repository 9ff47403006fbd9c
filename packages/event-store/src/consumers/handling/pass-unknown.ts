import type { LedgerTransaction, StoredEvent } from '@tidings/core'
import { decodeEvent, knowsVersion } from '../../log/decode-event.ts'
import type { LaneContext } from '../lane/lane-context.ts'
import { laneStep, type StepResult } from '../lane/lane-step.ts'
import type { Lease } from '../lane/lease.ts'
import { handlersFor } from './apply-events.ts'
import { addEntry } from './holds.ts'
import type { Pass } from './pass.ts'
import { describeError } from './terminal-error.ts'

/** Whether the running code can read the event; one of a type that it does not want passes without being read. */
export function isKnown(context: LaneContext, event: StoredEvent): boolean {
  const plan = context.plan.types.get(event.type)
  return plan === undefined || (event.encoding === 'json' && knowsVersion(event, plan.type))
}

/** Passes an event that the running code cannot read, as the consumer says. @throws {EventVersionUnknown} It says stop. */
export async function passUnknown(
  context: LaneContext,
  lease: Lease,
  event: StoredEvent,
  pass: Pass,
  advance: (tx: LedgerTransaction<unknown>) => Promise<StepResult>,
): Promise<'parked' | 'skipped'> {
  const { host, config, plan } = context
  const error = await whyUnknown(event, plan.types.get(event.type)?.type)
  if (config.unknown === 'stop') throw error
  await laneStep(context, lease, pass.from(), async (tx) => {
    if (config.unknown === 'park') {
      await addEntry(tx, config.name, {
        state: 'parked',
        event,
        handlers: handlersFor(context, event, pass.selection),
        attempts: 1,
        error: describeError(error),
        at: await host.ledger.now(),
      })
    }
    return advance(tx)
  })
  host.runtime.logger.warn(`${config.name} ${config.unknown === 'park' ? 'parked' : 'skipped'} an event that this code does not know.`, {
    error,
  })
  return config.unknown === 'park' ? 'parked' : 'skipped'
}

async function whyUnknown(event: StoredEvent, type: Parameters<typeof decodeEvent>[1] | undefined): Promise<unknown> {
  if (type === undefined) return new TypeError(`${event.type} is not wanted here`)
  try {
    await decodeEvent(event, type)
    return undefined
  } catch (error) {
    return error
  }
}
