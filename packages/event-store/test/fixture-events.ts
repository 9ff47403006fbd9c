import type { NewEvent } from '@tidings/core'
import { newEvent } from './new-event.ts'

/** What the log of `fixtures/log-format-1.db` holds, written by the first release. Never change it. */
export const fixtureEvents: readonly NewEvent[] = [
  newEvent(1, { id: '01980000-0000-7000-8000-000000000001' }),
  newEvent(2, {
    id: '01980000-0000-7000-8000-000000000002',
    type: 'notes.note-löschen 漢字 🎉',
    version: 3,
    key: '$where "é" \\ 🎉',
    correlationId: 'request é',
    causationId: '01980000-0000-7000-8000-000000000001',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    headers: { tenant: 'Zoë\u0000\n', 'x-empty': '' },
    data: ' {"b" : 1.0, "a":"\\u0000\\u00e9🎉" } ',
  }),
  newEvent(3, { id: '01980000-0000-7000-8000-000000000003', encoding: 'aes-gcm', data: 'no JSON' }),
  newEvent(4, { id: '01980000-0000-7000-8000-000000000004', partition: 7, signature: { by: 'é', over: ['data', null, 1.5] } }),
  newEvent(5, { id: '01980000-0000-7000-8000-000000000005', data: JSON.stringify('x'.repeat(10_000)) }),
]

/** The identity of that log. */
export const fixtureIdentity = '01a20d2b-5cdd-7fbc-b30b-913793d1017b'
