import type { CommandStartedEvent, Document } from 'mongodb'
import type { StorePoint } from '../worker/fault-switch.ts'

const anyone = ['till', 'books'] as const

/** The points in the writes of the log and of the ledger on MongoDB, each right before a command of theirs is sent. */
export const commandPoints: readonly StorePoint[] = [
  // The log: positions are reserved and not written to; the others of a group are there and its head is not.
  { point: 'before-reserving', roles: anyone },
  { point: 'before-writing', roles: anyone },
  { point: 'before-members', roles: anyone },
  { point: 'before-heads', roles: anyone },
  { point: 'before-closing-unused', roles: anyone, isRare: true },
  { point: 'before-closing-group', roles: anyone, isRare: true },
  { point: 'before-clearing-group', roles: anyone, isRare: true },
  { point: 'before-closing-holes', roles: ['books'], isRare: true },
  { point: 'before-sealing', roles: ['books'] },
  // The ledger: everything is written, and only the commit is missing; another's locks are about to be ended.
  { point: 'before-session-record', roles: anyone, isRare: true },
  { point: 'before-commit-sent', roles: anyone },
  { point: 'before-ending-sessions', roles: anyone, isRare: true },
]

/** Which point of the log's a command is; undefined where it is none. */
export function logPointOf({ commandName, command }: CommandStartedEvent): string | undefined {
  switch (commandName) {
    case 'findAndModify':
      return 'before-reserving'
    case 'insert':
      return command.insert === 'events' ? insertPointOf(command.documents as readonly Document[]) : undefined
    case 'update':
      return command.update === 'events' ? 'before-clearing-group' : undefined
    case 'find':
      return command.find === 'events' && command.filter?._id?.$gt !== undefined ? 'before-sealing' : undefined
    default:
      return undefined
  }
}

function insertPointOf(documents: readonly Document[]): string | undefined {
  const [first] = documents
  if (first === undefined) return undefined
  if (first.tombstone !== undefined) return tombstonePoints.get(first.tombstone as string)
  if (documents.some(({ _id, head }) => head !== undefined && head !== _id)) return 'before-members'
  return documents.every(({ _id, head }) => head === _id) ? 'before-heads' : 'before-writing'
}

const tombstonePoints: ReadonlyMap<string, string> = new Map([
  ['hole', 'before-closing-holes'],
  ['repeat', 'before-closing-unused'],
  ['group', 'before-closing-group'],
])

/** Which point of a ledger's a command is; undefined where it is none. */
export function ledgerPointOf({ commandName, command }: CommandStartedEvent): string | undefined {
  if (commandName === 'commitTransaction') return 'before-commit-sent'
  if (commandName === 'killSessions') return 'before-ending-sessions'
  return commandName === 'update' && command.update === 'tidings_instances' ? 'before-session-record' : undefined
}
