import type { Reach } from '@tidings/core'
import { type Boundary, boundaryOf } from './boundary.ts'

/** What the users of a system's stores may touch, as the stores tell. */
export interface SystemReach {
  /** Missing where the log has no users. */
  readonly eventStore: Reach | undefined
  /** By service; missing where its database has no users. */
  readonly services: ReadonlyMap<string, Reach | undefined>
}

/** What can be asked for that: a system, whether it runs or not. */
export interface HasReach {
  /** What the users of the stores may touch. */
  reach(): Promise<SystemReach>
}

/**
 * Asks every store of the system what its user may touch, and compares that with what it should: a service's user its own
 * database and the log, the log's user the log and the databases of the services in this system. Starts nothing and changes
 * nothing.
 *
 * @throws {StoreUnavailable} @throws {StoreUnsuitable} A store could not be asked.
 * @see docs/guide/mongodb.md
 */
export async function checkBoundaries(system: HasReach): Promise<BoundaryReport> {
  const { eventStore, services } = await system.reach()
  const log = eventStore === undefined ? [] : [eventStore.database]
  const databases = [...services.values()].flatMap((reach) => (reach === undefined ? [] : [reach.database]))
  return new BoundaryReport([
    boundaryOf(undefined, eventStore, new Set([...log, ...databases])),
    ...[...services].map(([service, reach]) => boundaryOf(service, reach, new Set(reach === undefined ? [] : [reach.database, ...log]))),
  ])
}

/** What {@link checkBoundaries} found. Prints as a text. */
export class BoundaryReport {
  readonly boundaries: readonly Boundary[]

  constructor(boundaries: readonly Boundary[]) {
    this.boundaries = boundaries
  }

  /** Whether nobody may touch more than they should. */
  get holds(): boolean {
    return this.boundaries.every(({ beyond }) => beyond.length === 0)
  }

  /** A line for each store. */
  toString(): string {
    return this.boundaries.map(lineOf).join('\n')
  }
}

function lineOf({ service, user, mayTouch, beyond }: Boundary): string {
  const who = `${service ?? 'event log'}${user === undefined ? '' : ` (${user})`}`
  const verdict = beyond.length === 0 ? 'ok' : `TOO MUCH: ${beyond.join('; ')}`
  return `${who}: ${mayTouch.length === 0 ? 'may touch nothing' : mayTouch.join('; ')}: ${verdict}`
}
