import type { Sent } from './open-mongodb-log.ts'

/** What a command asks for, without values: `find events {_id: $gt,$lte}`. */
export function shapeOf({ name, ...command }: Sent): string {
  const filters: readonly unknown[] = [
    command.filter,
    command.query,
    ...(command.updates ?? command.deletes ?? []).map(({ q }: { q: unknown }) => q),
  ]
  const shapes = new Set(filters.filter((filter) => filter !== undefined).map((filter) => shapeOfFilter(filter as Record<string, unknown>)))
  return [name, typeof command[name] === 'string' ? command[name] : '', ...shapes].filter((part) => part !== '').join(' ')
}

function shapeOfFilter(filter: Record<string, unknown>): string {
  const parts = Object.entries(filter).map(([field, value]) => {
    const operators = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).join() : 'equal'
    return `${field}: ${operators === '' ? 'equal' : operators}`
  })
  return `{${parts.join('; ')}}`
}

/** Every command that the log may send, once it is open. Each is bounded by an index on both sides. */
export const shapesOfLog: readonly string[] = [
  // positions: the clustered index
  'find events {_id: $gt,$lte}',
  'find events {_id: $gte,$lte}',
  'find events {_id: $in}',
  'find events {_id: equal}',
  // a group is 1,000 positions at most
  'find events {_id: $gte,$lt; head: equal}',
  'delete events {_id: $gte,$lt; head: equal}',
  // the index of types, the index of ids
  'find events {type: equal; _id: $gt,$lte}',
  'find events {id: $in}',
  'insert events',
  // three documents
  'find tidings_log {_id: equal}',
  'find tidings_log {_id: equal; log: equal}',
  'findAndModify tidings_log {_id: equal; log: equal}',
  'update tidings_log {_id: equal; log: equal}',
  'update tidings_log {_id: equal; log: equal; losses: equal}',
  // the doorbell, and what the driver does by itself
  'aggregate events',
  'getMore',
  'killCursors events',
  'endSessions',
]
