import { DefinitionInvalid } from '@tidings/core'
import { type Db, type IndexDescription, MongoServerError } from 'mongodb'
import { classifyError } from '../connection/classify-error.ts'
import { mapReadError } from '../connection/map-error.ts'
import { makeCollection } from './collections.ts'

/** The service's own collections by name, with the indexes that each has. */
export type CollectionDeclarations = Readonly<Record<string, { readonly indexes?: readonly IndexDescription[] }>>

/** Another index has the name, or the same fields with other options. */
const indexConflicts: readonly unknown[] = [85, 86]

/**
 * Makes the collections and indexes that are missing. Those that are there and not declared stay.
 *
 * @throws {DefinitionInvalid} An index that is declared cannot be made: it is there in another form, documents break it, or the
 * server knows no such index.
 */
export async function makeDeclared(database: Db, declarations: CollectionDeclarations, location: string): Promise<void> {
  for (const [name, { indexes = [] }] of Object.entries(declarations)) {
    try {
      await makeCollection(database, name)
      if (indexes.length > 0) await database.collection(name).createIndexes([...indexes])
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal !== undefined) throw new DefinitionInvalid({ subject: `collection ${name} of ${location}`, ...refusal })
      throw mapReadError(error, location)
    }
  }
}

/** Why what is declared cannot be made as long as it is declared so; undefined where that is not the reason. */
function refusalOf(error: unknown): { readonly reason: string; readonly remedy: string } | undefined {
  if (!(error instanceof MongoServerError)) return undefined
  if (indexConflicts.includes(error.code))
    return {
      reason: 'an index that is declared is there already in another form',
      remedy: 'Drop the old one in the database, or give the new one another name.',
    }
  const failure = classifyError(error)
  if (failure === 'duplicate')
    return {
      reason: 'a unique index is declared, and documents that are there already have the same key',
      remedy: 'Change or remove all of them but one, or declare the index without unique.',
    }
  if (failure === 'invalid')
    return {
      reason: `the server makes no such collection or index (${error.codeName ?? `code ${error.code}`})`,
      remedy: 'Correct what is declared.',
    }
  return undefined
}
