import { DefinitionInvalid } from '@tidings/core'
import { type Db, type IndexDescription, MongoServerError } from 'mongodb'
import { mapReadError } from '../connection/map-error.ts'
import { makeCollection } from './collections.ts'

/** The service's own collections by name, with the indexes that each has. */
export type CollectionDeclarations = Readonly<Record<string, { readonly indexes?: readonly IndexDescription[] }>>

/** Another index has the name, or the same fields with other options. */
const indexConflicts: readonly unknown[] = [85, 86]

/**
 * Makes the collections and indexes that are missing. Those that are there and not declared stay.
 *
 * @throws {DefinitionInvalid} An index that is declared is there in another form.
 */
export async function makeDeclared(database: Db, declarations: CollectionDeclarations, location: string): Promise<void> {
  for (const [name, { indexes = [] }] of Object.entries(declarations)) {
    try {
      await makeCollection(database, name)
      if (indexes.length > 0) await database.collection(name).createIndexes([...indexes])
    } catch (error) {
      if (error instanceof MongoServerError && indexConflicts.includes(error.code))
        throw new DefinitionInvalid({
          subject: `collection ${name} of ${location}`,
          reason: 'an index that is declared is there already in another form',
          remedy: 'Drop the old one in the database, or give the new one another name.',
        })
      throw mapReadError(error, location)
    }
  }
}
