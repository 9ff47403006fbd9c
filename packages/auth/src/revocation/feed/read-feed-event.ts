import { type AnyEventType, parseNow, type StoredEvent } from '@tidings/core'
import { AccessChanged, type RevocationFact } from '../../contract/access-changed.ts'
import { AccessSnapshot } from '../../contract/access-snapshot.ts'
import { FeedBeat } from '../../contract/feed-beat.ts'
import { SigningKeysChanged } from '../../contract/signing-keys-changed.ts'
import { FeedUnreadable } from '../../errors/revocation-errors.ts'

/** What an event of the feed comes to. */
export interface FeedNews {
  readonly facts: readonly RevocationFact[]
  /** When the auth service gave a sign of life, by its own clock. */
  readonly beatAt?: number
  readonly keys?: { readonly keys: unknown; readonly withdrawn: readonly string[] }
}

type Data<E> = E extends { readonly '~types'?: { readonly fields: infer Fields } } ? Fields : never

const readers: ReadonlyMap<string, (event: StoredEvent) => FeedNews> = new Map<string, (event: StoredEvent) => FeedNews>([
  [AccessChanged.name, (event) => ({ facts: [dataOf<RevocationFact>(event, AccessChanged)] })],
  [AccessSnapshot.name, (event) => ({ facts: dataOf<Data<typeof AccessSnapshot>>(event, AccessSnapshot).facts })],
  [FeedBeat.name, (event) => ({ facts: [], beatAt: dataOf<Data<typeof FeedBeat>>(event, FeedBeat).at })],
  [SigningKeysChanged.name, (event) => ({ facts: [], keys: dataOf<Data<typeof SigningKeysChanged>>(event, SigningKeysChanged) })],
])

/** The events that the feed consists of. */
export const feedTypes: readonly string[] = [...readers.keys()]

/** What an event comes to. @throws {FeedUnreadable} It was written by a newer release, or is damaged. */
export function readFeedEvent(event: StoredEvent): FeedNews {
  return readers.get(event.type)?.(event) ?? { facts: [] }
}

/** Where the tail behind a snapshot begins. @throws {FeedUnreadable} */
export function startBehind(snapshot: StoredEvent): number {
  return dataOf<Data<typeof AccessSnapshot>>(snapshot, AccessSnapshot).after
}

function dataOf<D>(event: StoredEvent, type: AnyEventType): D {
  const unreadable = (reason: string, cause?: unknown): FeedUnreadable =>
    new FeedUnreadable({ event: event.type, position: event.position, reason, cause })
  if (event.version !== type.version) throw unreadable(`it has version ${event.version}, and ${type.version} is known here`)
  if (event.encoding !== 'json') throw unreadable(`its encoding ${event.encoding} is not known here`)
  try {
    const data = parseNow(type.schema, JSON.parse(event.data), `data of ${event.type}`)
    // The schemas of the feed are all of zod, without anything asynchronous.
    return data as D
  } catch (cause) {
    throw unreadable('its data is damaged', cause)
  }
}
