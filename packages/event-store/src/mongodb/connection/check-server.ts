import { StoreUnavailable, StoreUnsuitable } from '@tidings/core'
import type { Db } from 'mongodb'
import { missingActions, readReach } from './read-reach.ts'

/** MongoDB 7.0, as its wire version: the oldest release that MongoDB maintains. Clustered collections came with 5.3. */
const minimumWireVersion = 21

/** How a server that stands alone becomes a replica set of that name. */
export function howToMakeASet(name: string): string {
  return `A set of one will do: start mongod with --replSet ${name}, and run once: mongosh --eval "rs.initiate()". Data that is there stays.`
}

/** What is looked at in the server's greeting. @see https://www.mongodb.com/docs/manual/reference/command/hello/ */
interface Greeting {
  readonly setName?: string
  readonly msg?: string
  readonly isWritablePrimary?: boolean
  readonly maxWireVersion?: number
}

/**
 * Looks at the server before anything is asked of it. Needs no right that a restricted user lacks.
 *
 * @param actions What the user must be allowed to do in the database, such as `find`.
 * @throws {StoreUnsuitable} It is too old, or no replica set, or the user may not do all of that.
 * @throws {StoreUnavailable} It is not the primary, now.
 */
export async function checkServer(database: Db, store: string, actions: readonly string[]): Promise<void> {
  checkGreeting(await database.command({ hello: 1 }), store)
  const reach = await readReach(database)
  const missing = missingActions(reach, actions)
  if (missing.length > 0)
    throw new StoreUnsuitable({
      store,
      reason: `its user ${reach.user} may not ${missing.join(', ')} there`,
      remedy: `Give it the role readWrite on ${reach.database} (grantRolesToUser), or one that has these actions.`,
    })
}

/** The same for a greeting that is there already. */
export function checkGreeting(greeting: Greeting, store: string): void {
  if ((greeting.maxWireVersion ?? 0) < minimumWireVersion)
    throw new StoreUnsuitable({ store, reason: 'the server is older than MongoDB 7.0', remedy: 'Update it.' })
  if (greeting.msg === 'isdbgrid')
    throw new StoreUnsuitable({
      store,
      reason: 'this is the router of a sharded cluster',
      remedy: 'Name a replica set in the URL.',
    })
  if (greeting.setName === undefined)
    throw new StoreUnsuitable({
      store,
      reason: 'the server is no member of a replica set, so it has no transactions and no change streams',
      remedy: howToMakeASet('rs0'),
    })
  if (greeting.isWritablePrimary !== true)
    throw new StoreUnavailable({
      store,
      reason: 'the server that the URL names is not the primary of its replica set',
      remedy: 'Name all members in the URL, without directConnection.',
    })
}
