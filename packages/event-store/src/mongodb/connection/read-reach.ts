import type { Grant, Reach } from '@tidings/core'
import type { Db, Document } from 'mongodb'

/**
 * What the user of this connection may touch. Every user may ask that about itself.
 *
 * @throws The driver's error, where the server has access control and was told no user.
 */
export async function readReach(database: Db): Promise<Reach> {
  const { authInfo }: Document = await database.command({ connectionStatus: 1, showPrivileges: true })
  const [user]: readonly Document[] = authInfo.authenticatedUsers
  // Without a user it is the same answer whether everything is allowed or nothing: a read tells.
  if (user === undefined) await database.collection<{ _id: string }>('tidings').findOne({ _id: 'none' }, { projection: { _id: 1 } })
  return {
    user: user === undefined ? undefined : `${user.user}@${user.db}`,
    database: database.databaseName,
    grants: (await privilegesOf(database, authInfo)).map(toGrant),
  }
}

async function privilegesOf(database: Db, authInfo: Document): Promise<readonly Document[]> {
  const [user]: readonly Document[] = authInfo.authenticatedUsers
  const told: readonly Document[] = authInfo.authenticatedUserPrivileges
  if (user === undefined || told.length > 0 || authInfo.authenticatedUserRoles.length === 0) return told
  // Roles and no privileges: not every server lists them there. What a user is, it may always see.
  const { users }: Document = await database.command({ usersInfo: { user: user.user, db: user.db }, showPrivileges: true })
  return (users as readonly Document[]).flatMap(({ inheritedPrivileges = [] }) => inheritedPrivileges)
}

/** The actions among those asked for that the user has nowhere in its database. */
export function missingActions({ user, database, grants }: Reach, actions: readonly string[]): readonly string[] {
  if (user === undefined) return []
  const granted = new Set(grants.filter((grant) => (grant.database ?? database) === database).flatMap((grant) => grant.actions))
  return actions.filter((action) => !granted.has(action))
}

/** @see https://www.mongodb.com/docs/manual/reference/resource-document/ */
function toGrant({ resource, actions }: Document): Grant {
  // An empty name means every one; `cluster` and `anyResource` name none.
  return { database: resource.db || undefined, collection: resource.collection || undefined, actions }
}
