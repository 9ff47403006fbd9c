import type { CommandStartedEvent, Document } from 'mongodb'

const reads = ['find', 'aggregate', 'count', 'distinct']
const writes = ['insert', 'update', 'delete', 'findAndModify', 'commitTransaction', 'abortTransaction']

/**
 * What a command of the library's could lose, in words: it reads what a majority may not have, or is acknowledged before one
 * has it in its journals. On a server of its own no fault shows that, for it takes nothing back; so every command is looked at.
 *
 * @returns Undefined for a command that is strong enough.
 */
export function weaknessOf({ commandName, command }: CommandStartedEvent): string | undefined {
  const isInTransaction = command.autocommit === false
  const { readConcern, writeConcern } = command as { readonly readConcern?: Document; readonly writeConcern?: Document }
  if (isInTransaction && command.startTransaction === true && readConcern?.level !== 'snapshot')
    return `${commandName} begins a transaction with read concern ${readConcern?.level}`
  if (!isInTransaction && reads.includes(commandName) && readConcern?.level !== 'majority')
    return `${commandName} has read concern ${readConcern?.level}`
  const isLast = commandName === 'commitTransaction' || commandName === 'abortTransaction'
  if (
    writes.includes(commandName) &&
    (isLast || !isInTransaction) &&
    !(writeConcern?.w === 'majority' && (writeConcern.j ?? writeConcern.journal) === true)
  )
    return `${commandName} has write concern ${JSON.stringify(writeConcern)}`
  return undefined
}
