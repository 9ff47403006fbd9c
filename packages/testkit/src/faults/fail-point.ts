import type { MongoClient } from 'mongodb'

/** What a command meets at the server. @see https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point */
export interface FailPoint {
  /** The commands that meet it, such as `insert`. */
  readonly commands: readonly string[]
  /** How many of them; `alwaysOn` until {@link clearFailPoint}. @default 1 */
  readonly times?: number | 'alwaysOn'
  /** They fail with this code, before anything is done. */
  readonly errorCode?: number
  readonly errorLabels?: readonly string[]
  /** Their connection is closed, before anything is done. For an answer that is lost see `startTcpProxy`. */
  readonly closeConnection?: boolean
  /** They wait for this long, in milliseconds, and are done then. */
  readonly blockMs?: number
  /** They are done, and their write concern fails with this code. */
  readonly writeConcernErrorCode?: number
}

/** Has commands fail at the server, which must have been started with test commands enabled. */
export async function setFailPoint(client: MongoClient, point: FailPoint): Promise<void> {
  const { commands, times = 1, errorCode, errorLabels, closeConnection, blockMs, writeConcernErrorCode } = point
  await client.db('admin').command(
    {
      configureFailPoint: 'failCommand',
      mode: times === 'alwaysOn' ? times : { times },
      data: {
        failCommands: commands,
        errorCode,
        errorLabels,
        closeConnection,
        blockConnection: blockMs === undefined ? undefined : true,
        blockTimeMS: blockMs,
        writeConcernError:
          writeConcernErrorCode === undefined ? undefined : { code: writeConcernErrorCode, errmsg: 'a fail point', errInfo: {} },
      },
    },
    { ignoreUndefined: true },
  )
}

/** Ends what {@link setFailPoint} began. */
export async function clearFailPoint(client: MongoClient): Promise<void> {
  await client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' })
}
