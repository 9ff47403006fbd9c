import type { NewEvent } from '../ports/event-log.ts'

/** Whether two events with one id are the same event: type, version, key and data are equal. Times and traces may differ. */
export function sameContent(a: NewEvent, b: NewEvent): boolean {
  return a.data === b.data && a.type === b.type && a.key === b.key && a.version === b.version && a.encoding === b.encoding
}
