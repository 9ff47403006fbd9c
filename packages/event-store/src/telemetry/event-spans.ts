import { type NewEvent, type StoredEvent, spanContextOf, startSpan, type TraceContext, type WorkSpan } from '@tidings/core'

/** As many events as a span is linked to: what tracers keep by default. */
const mostLinks = 128

/** An event is made within a handler or the program's own work; what it is carried on from there follows from this span. */
export function publishSpan(type: string, parent: TraceContext): WorkSpan {
  return startSpan(`publish ${type}`, { kind: 'PRODUCER', parent, inside: true, attributes: messaging('publish', 'create', type) })
}

/** Events are brought from the outbox to the log. */
export function appendSpan(events: readonly NewEvent[]): WorkSpan {
  const [first] = events
  const type = first !== undefined && events.every((event) => event.type === first.type) ? first.type : undefined
  return startSpan(type === undefined ? 'append' : `append ${type}`, {
    kind: 'CLIENT',
    ...followingFrom(events),
    attributes: { ...messaging('append', 'send', type), 'messaging.batch.message_count': events.length },
  })
}

/** A consumer handles one event. @param attempt From 1; missing for the first one in a batch. */
export function processSpan(consumer: string, event: StoredEvent, attempt?: number): WorkSpan {
  return startSpan(`process ${event.type}`, {
    kind: 'CONSUMER',
    parent: event,
    attributes: {
      ...messaging('process', 'process', event.type),
      'messaging.consumer.group.name': consumer,
      'messaging.message.id': event.id,
      'messaging.message.conversation_id': event.correlationId,
      'tidings.event.position': event.position,
      ...(attempt === undefined ? {} : { 'tidings.attempt': attempt }),
    },
  })
}

/** A consumer handles several events in one transaction. Each has a span of its own in its own trace. */
export function batchSpan(consumer: string, events: readonly StoredEvent[]): WorkSpan {
  return startSpan(`process batch`, {
    kind: 'CONSUMER',
    ...followingFrom(events),
    attributes: { ...messaging('process', 'process', undefined), 'messaging.consumer.group.name': consumer },
  })
}

/** Events of one trace are carried on in it; those of several in a trace of its own that is linked to them. */
function followingFrom(events: readonly TraceContext[]): { readonly parent?: TraceContext; readonly links: readonly TraceContext[] } {
  const [first] = events
  const trace = first === undefined ? undefined : traceIdOf(first)
  if (trace !== undefined && events.every((event) => traceIdOf(event) === trace)) return { parent: first, links: [] }
  return { links: events.slice(0, mostLinks) }
}

function traceIdOf(trace: TraceContext): string | undefined {
  return spanContextOf(trace)?.traceId
}

/** @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
function messaging(name: string, type: 'create' | 'send' | 'process', destination: string | undefined): Record<string, string> {
  return {
    'messaging.system': 'tidings',
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    ...(destination === undefined ? {} : { 'messaging.destination.name': destination }),
  }
}
