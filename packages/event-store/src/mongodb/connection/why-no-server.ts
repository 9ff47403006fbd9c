import { StoreUnsuitable } from '@tidings/core'
import { MongoCompatibilityError, MongoServerSelectionError, type ServerDescription } from 'mongodb'
import { howToMakeASet } from './check-server.ts'

/** Why no server was found, for people, and what to do about it. */
export interface Absence {
  /** A clause without a full stop. */
  readonly reason: string
  /** Sentences. */
  readonly remedy: string
}

const seeThatItRuns = 'See that the server runs and that this machine reaches it.'

/**
 * Reads in the driver's error why it found no primary: it says no more than that its time is over. The driver names servers
 * there, never the user.
 *
 * @throws {StoreUnsuitable} There is one, and the driver does not talk to its release.
 */
export function whyNoServer(error: unknown, store: string): Absence {
  if (!(error instanceof MongoServerSelectionError) || error.reason === undefined) return { reason: wordsOf(error), remedy: seeThatItRuns }
  const { servers, setName } = error.reason
  const all: readonly ServerDescription[] = [...servers.values()]
  const refused = all.find((server) => server.error !== null)?.error ?? undefined
  if (refused instanceof MongoCompatibilityError)
    throw new StoreUnsuitable({
      store,
      reason: wordsOf(refused),
      remedy: 'Take MongoDB 7.0, or a later one that the driver knows.',
      cause: error,
    })
  // The driver takes off its list whoever is no member of the set that the URL names.
  if (all.length === 0 && setName !== null)
    return {
      reason: `none of the servers is a member of the replica set ${setName} that the URL names`,
      remedy: `Correct replicaSet there, or make it one. ${howToMakeASet(setName)}`,
    }
  const waiting = all.find(({ type }) => type === 'RSGhost')
  if (waiting !== undefined)
    return {
      reason: `${waiting.address} is started for a replica set that is not initiated yet`,
      remedy: 'Run once there: mongosh --eval "rs.initiate()".',
    }
  if (all.some(({ type }) => type === 'RSSecondary')) {
    const others = refused === undefined ? '' : ` (${wordsOf(refused)})`
    return { reason: `its replica set has no primary now${others}`, remedy: 'See that a majority of its members runs.' }
  }
  return { reason: wordsOf(refused ?? error), remedy: seeThatItRuns }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.+$/, '') : 'it did not answer in time'
}
