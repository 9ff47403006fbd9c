import type { Grant, Reach } from '@tidings/core'

/** What the user of one store may touch, and whether that is more than it should. */
export interface Boundary {
  /** The service whose database it is; undefined for the event log. */
  readonly service: string | undefined
  /** Such as `orders@shop_orders`; undefined where nobody is asked for a name. */
  readonly user: string | undefined
  /** Such as `reads and writes shop_orders`. */
  readonly mayTouch: readonly string[]
  /** What of that is neither the service's own database nor the log. */
  readonly beyond: readonly string[]
}

/** Judges what a user may touch by the databases that it may. */
export function boundaryOf(service: string | undefined, reach: Reach | undefined, allowed: ReadonlySet<string>): Boundary {
  // A file, or a store in memory: who reads it is the machine's to say.
  if (reach === undefined) return { service, user: undefined, mayTouch: ['a store without users'], beyond: [] }
  if (reach.user === undefined) {
    const everything = 'everything on its server, which asks nobody for a name'
    return { service, user: undefined, mayTouch: [everything], beyond: [everything] }
  }
  const mayTouch = wordsOf(reach.grants)
  const beyond = wordsOf(reach.grants.filter(({ database }) => database === undefined || !allowed.has(database)))
  return { service, user: reach.user, mayTouch, beyond }
}

const reading = ['find', 'changeStream']
const writing = ['insert', 'update', 'remove', 'createCollection', 'createIndex', 'dropCollection', 'dropDatabase']

function wordsOf(grants: readonly Grant[]): readonly string[] {
  const byDatabase = Map.groupBy(grants, ({ database }) => database)
  return [...byDatabase].map(([database, some]) => {
    const actions = new Set(some.flatMap((grant) => grant.actions))
    const verbs = [
      ...(reading.some((action) => actions.has(action)) ? ['reads'] : []),
      ...(writing.some((action) => actions.has(action)) ? ['writes'] : []),
    ]
    // Nothing of what is stored, but something still: to look at the server, say, or to manage users.
    if (verbs.length === 0)
      return `${[...actions].sort().slice(0, 3).join(', ')}${actions.size > 3 ? ' …' : ''} on ${database ?? 'the server'}`
    return `${verbs.join(' and ')} ${database ?? 'every database'}`
  })
}
