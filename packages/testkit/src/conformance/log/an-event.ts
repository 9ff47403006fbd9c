import { type NewEvent, newId, systemRuntime } from '@tidings/core'

/** An event that every log takes, with an id of its own. What is given replaces its fields; unknown fields may be added. */
export function anEvent(overrides: Partial<NewEvent> & Readonly<Record<string, unknown>> = {}): NewEvent {
  return {
    id: newId(systemRuntime),
    type: 'orders.order-placed',
    version: 1,
    key: 'order-1',
    service: 'orders',
    time: '2026-01-02T03:04:05.678Z',
    correlationId: 'request-1',
    headers: {},
    encoding: 'json',
    data: '{"orderId":"order-1"}',
    ...overrides,
  }
}

/** So many events, each with an id, a key and data of its own. */
export function someEvents(count: number, overrides: Partial<NewEvent> = {}): readonly NewEvent[] {
  return Array.from({ length: count }, (_, i) => anEvent({ key: `order-${i + 1}`, data: `{"number":${i + 1}}`, ...overrides }))
}
