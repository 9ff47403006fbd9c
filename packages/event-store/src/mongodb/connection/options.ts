import { DefinitionInvalid, type Runtime } from '@tidings/core'
import { type CommandStartedEvent, MongoClient, type MongoClientOptions, type MongoOptions } from 'mongodb'

/** Which MongoDB server, and how long it is waited for. */
export interface MongoServerOptions {
  /**
   * `mongodb://` or `mongodb+srv://`, with credentials where the server asks for them. What makes events safe cannot be
   * changed in it: write concern majority with journal, read concern majority, reads from the primary.
   */
  readonly url: string
  /** @default the one named in the URL */
  readonly database?: string
  /** How long a server that is away at the first use is waited for, in milliseconds. @default 60_000 */
  readonly waitMs?: number
  /** How long one command may stay without an answer, in milliseconds. @default 10_000 */
  readonly answerTimeoutMs?: number
  /** Called with every command that is sent, before it is. */
  readonly onCommand?: (command: CommandStartedEvent) => void
}

/** What a connection is made with. */
export interface ConnectionOptions extends MongoServerOptions {
  readonly runtime: Runtime
  /** What the user must be allowed to do in the database, such as `find` and `insert`; looked at when it is connected. @default nothing */
  readonly actions?: readonly string[]
}

/** The options with every default in place, and what the URL names. */
export interface ConnectionSettings {
  readonly url: string
  readonly database: string
  /** Hosts and database: never a credential. */
  readonly location: string
  readonly waitMs: number
  readonly answerTimeoutMs: number
  readonly onCommand: ((command: CommandStartedEvent) => void) | undefined
  readonly runtime: Runtime
  readonly actions: readonly string[]
}

/** @throws {DefinitionInvalid} Names all that is wrong, and never the URL. */
export function readServerOptions(options: ConnectionOptions): ConnectionSettings {
  const { url, waitMs = 60_000, answerTimeoutMs = 10_000, onCommand, runtime, actions = [] } = options
  const faults: string[] = []
  const parsed = parse(url)
  const database = options.database ?? databaseIn(url)
  if (parsed === undefined) faults.push('url is none that MongoDB knows, such as mongodb://127.0.0.1:27017/shop')
  else {
    faults.push(...weakenedIn(parsed))
    if (database === undefined) faults.push('neither the url nor the option names a database')
    else if (!/^[^/\\. "$*<>:|?\0]{1,63}$/.test(database)) faults.push(`${JSON.stringify(database)} is no name for a database`)
  }
  if (typeof waitMs !== 'number' || !(waitMs >= 0)) faults.push('waitMs is no number from 0')
  if (typeof answerTimeoutMs !== 'number' || !(answerTimeoutMs > 0)) faults.push('answerTimeoutMs is no number above 0')
  if (parsed === undefined || database === undefined || faults.length > 0)
    throw new DefinitionInvalid({ subject: 'connection to MongoDB', reason: faults.join('; '), remedy: 'Correct its options.' })
  const hosts = parsed.srvHost ?? parsed.hosts.map(String).join(',')
  return { url, database, location: `${hosts}/${database}`, waitMs, answerTimeoutMs, onCommand, runtime, actions }
}

/** What every client of ours is made with. What stands here goes before what stands in the URL. */
export function clientOptions({ answerTimeoutMs, onCommand }: ConnectionSettings): MongoClientOptions {
  return {
    // Acknowledged means durable, and seen means never taken back.
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    // Decision 0007. The driver would repeat a write once and report what became of the second attempt: "no server found" then hides
    // that the first was sent. What repeats knows what it repeats: the log, by positions and ids.
    retryWrites: false,
    // The same for commits.
    maxAdaptiveRetries: 0,
    serverSelectionTimeoutMS: Math.min(answerTimeoutMs, 5_000),
    connectTimeoutMS: 5_000,
    waitQueueTimeoutMS: answerTimeoutMs,
    socketTimeoutMS: answerTimeoutMs,
    // A server that answered "not primary" counts as unknown until its next greeting, which it is asked for as often as this.
    heartbeatFrequencyMS: 1_000,
    monitorCommands: onCommand !== undefined,
  }
}

function parse(url: unknown): MongoOptions | undefined {
  try {
    // Reads the text only; nothing is connected. Its errors may quote the URL, so none is kept.
    return typeof url === 'string' ? new MongoClient(url).options : undefined
  } catch {
    return undefined
  }
}

/** The database in the path of the URL; the driver would say `test` where there is none. */
function databaseIn(url: unknown): string | undefined {
  const [, name] = /^mongodb(?:\+srv)?:\/\/[^/?]*\/([^?]+)/.exec(String(url)) ?? []
  if (name === undefined) return undefined
  try {
    return decodeURIComponent(name)
  } catch {
    return undefined
  }
}

/** What the URL asks for that would make less of the promises. Refused, since to go another way in silence would be worse. */
function weakenedIn({ writeConcern, readConcern, readPreference }: MongoOptions): readonly string[] {
  const faults: string[] = []
  if (writeConcern?.w !== undefined && writeConcern.w !== 'majority')
    faults.push(`the url asks for w=${writeConcern.w}, which loses events; leave it out`)
  if (writeConcern?.journal === false || writeConcern?.j === false)
    faults.push('the url asks for journal=false, which loses events; leave it out')
  if (readConcern !== undefined && readConcern.level !== 'majority')
    faults.push(`the url asks for readConcernLevel=${readConcern.level}, which reads what may be taken back; leave it out`)
  if (readPreference.mode !== 'primary')
    faults.push(`the url asks for readPreference=${readPreference.mode}, which reads what is old; leave it out`)
  return faults
}
