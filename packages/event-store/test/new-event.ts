import { type NewEvent, newId, systemRuntime } from '@tidings/core'

/** An event that tells its number. What is given replaces its fields; unknown fields may be added. */
export function newEvent(number: number, overrides: Partial<NewEvent> & Readonly<Record<string, unknown>> = {}): NewEvent {
  return {
    id: newId(systemRuntime),
    type: 'notes.note-written',
    version: 1,
    key: `note ${number}`,
    service: 'notes',
    time: '2026-01-02T03:04:05.678Z',
    correlationId: 'request',
    headers: {},
    encoding: 'json',
    data: JSON.stringify({ number }),
    ...overrides,
  }
}
