import { hash } from 'node:crypto'
import type { StoredEvent } from '@tidings/core'
import type { FinalEvent } from './final-state.ts'
import type { Seen } from './history-record.ts'

/** The event as a history keeps it: every byte of it counts in the digest, whatever the order of its fields. */
export function seenOf(event: StoredEvent): Seen {
  const fields = Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1))
  return { position: event.position, id: event.id, digest: hash('sha256', JSON.stringify(fields)).slice(0, 16) }
}

/** The event as the state in the end keeps it. */
export function finalEventOf(event: StoredEvent): FinalEvent {
  return { ...seenOf(event), service: event.service, type: event.type, key: event.key }
}
