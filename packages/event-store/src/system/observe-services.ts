import { type EventLog, observeGauges, type ReportFigure } from '@tidings/core'
import { countParked } from '../consumers/parked/count-parked.ts'
import type { ServiceRuntime } from './service-runtime.ts'

const gauges = [
  { name: 'tidings.consumer.lag', description: 'Positions of the log that the consumer has not passed yet.', unit: '{position}' },
  { name: 'tidings.consumer.lag.time', description: 'Age of the first event that the consumer has not passed yet.', unit: 's' },
  { name: 'tidings.consumer.parked.keys', description: 'Keys of which an event is parked, at most 1,000.', unit: '{key}' },
  { name: 'tidings.consumer.parked.events', description: 'Events of these keys, parked and held.', unit: '{event}' },
  { name: 'tidings.outbox.depth', description: 'Staged events that this instance has not brought to the log yet.', unit: '{event}' },
  { name: 'tidings.outbox.age', description: 'Age of the oldest of these.', unit: 's' },
] as const

type Report = ReportFigure<(typeof gauges)[number]['name']>

/**
 * Lets a registered meter ask how the services are doing. Each figure of a consumer comes from the one instance that works
 * on its lane, so those of all instances may be added up. It costs a few reads by key for each service when it is asked for.
 *
 * @returns Ends it.
 */
export function observeServices(services: readonly ServiceRuntime[], log: EventLog): Disposable {
  return observeGauges(gauges, async (report) => {
    const looks = await Promise.allSettled(
      services.map(async (service) => {
        reportOutbox(service, report)
        await reportConsumer(service, log, report)
      }),
    )
    // The meter tells of it; what the others said counts.
    for (const look of looks) if (look.status === 'rejected') throw look.reason
  })
}

function reportOutbox({ host }: ServiceRuntime, report: Report): void {
  const attributes = { 'tidings.service': host.service.contract.name }
  const { depth, oldestStagedAt } = host.relay
  report('tidings.outbox.depth', depth, attributes)
  report('tidings.outbox.age', oldestStagedAt === undefined ? 0 : secondsSince(oldestStagedAt, host.runtime.clock.now()), attributes)
}

async function reportConsumer({ host, consumer }: ServiceRuntime, log: EventLog, report: Report): Promise<void> {
  const { context, status } = consumer
  if (context.types.length === 0 || status.phase === 'standing-by' || status.phase === 'starting') return
  const attributes = { 'tidings.service': host.service.contract.name, 'messaging.consumer.group.name': context.config.name }
  const { handledUpTo } = status
  const lag = Math.max(0, (await log.sealed()) - handledUpTo)
  report('tidings.consumer.lag', lag, attributes)
  report('tidings.consumer.lag.time', lag === 0 ? 0 : await ageOfNext(log, handledUpTo, host.runtime.clock.now()), attributes)
  const parked = await countParked(context)
  report('tidings.consumer.parked.keys', parked.keys, attributes)
  report('tidings.consumer.parked.events', parked.events, attributes)
}

/** Of whatever type: the next position is found by its number, the next wanted event only by a search. */
async function ageOfNext(log: EventLog, handledUpTo: number, now: number): Promise<number> {
  const { events } = await log.read({ after: handledUpTo, limit: 1 })
  const [next] = events
  return next === undefined ? 0 : secondsSince(Date.parse(next.time), now)
}

/** Clocks of two machines may differ a little. */
function secondsSince(then: number, now: number): number {
  return Math.max(0, now - then) / 1_000
}
