import { type Position, type Runtime, StoreUnavailable } from '@tidings/core'
import { type Document, MongoServerError } from 'mongodb'
import { classifyError } from '../../connection/classify-error.ts'
import { type LogCollections, names } from '../collections.ts'
import type { EventDocument, Mark, TombstoneReason } from '../event-document.ts'
import type { PendingAppend } from './pending-append.ts'

/** What became of a document: it stands where it was to stand, its position is another's, its id is elsewhere, or the server refuses it. */
type Fate =
  | { readonly kind: 'written' }
  | { readonly kind: 'lost'; readonly to: TombstoneReason | 'event' }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly error: unknown }

/** A document with the place it is to have, and what became of it; undefined until that is known. */
export interface Placed {
  readonly document: EventDocument
  readonly append: PendingAppend
  fate: Fate | undefined
}

/** The most bytes in one message; a server takes 48 MB. */
const mostBytes = 24_000_000
const bytesPerCharacter = 3
const bytesOfFields = 512
const written: Fate = { kind: 'written' }

/**
 * Writes the documents where they are placed, and finds out what became of each: sends them again and reads what is there until
 * that is known, for no error tells. Gives up those of appends that are settled meanwhile.
 *
 * @throws What the server refuses as a whole. The fates of the documents that are known by then are set.
 */
export async function insertDocuments(
  collections: LogCollections,
  placed: readonly Placed[],
  runtime: Runtime,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0, open = placed; ; attempt++) {
    if (attempt > 0 && open.some(isOpen)) await runtime.clock.sleep(runtime.random.next() * Math.min(10 * 2 ** attempt, 500), signal)
    // After the pause: whose caller was told meanwhile that nothing was written stays unwritten.
    open = open.filter(isOpen)
    if (open.length === 0) return
    let isDone = true
    for (const part of inMessages(open)) isDone = (await send(collections, part, signal)) && isDone
    if (isDone) return
    signal.throwIfAborted()
    try {
      await readBack(collections, open, signal)
    } catch (error) {
      signal.throwIfAborted()
      for (const { append } of open) append.failed(error)
    }
  }
}

/** Whether it is still to be written. */
function isOpen({ fate, append }: Placed): boolean {
  return fate === undefined && !append.isSettled
}

/** @returns Whether all were written. */
async function send(collections: LogCollections, placed: readonly Placed[], signal: AbortSignal): Promise<boolean> {
  for (const { append } of placed) append.sent()
  let answer: Document
  try {
    answer = await collections.write({ insert: names.events, documents: placed.map(({ document }) => document), ordered: false }, signal)
  } catch (error) {
    const failure = classifyError(error)
    for (const { append } of placed) {
      append.answered(failure === 'not-sent' || failure === 'refused' || failure === 'closed')
      append.failed(error)
    }
    if (failure === 'refused' || failure === 'full' || failure === 'closed') throw error
    return false
  }
  for (const { append } of placed) append.answered(true)
  // The only thing that counts as success: every document inserted, and no error of any kind.
  if (answer.n === placed.length && (answer.writeErrors ?? []).length === 0) {
    for (const one of placed) one.fate = written
    return true
  }
  for (const { index, ...facts } of (answer.writeErrors ?? []) as (Document & { index: number })[]) {
    const error = new MongoServerError(facts)
    const refused = placed[index]
    if (refused !== undefined && ['refused', 'full', 'invalid'].includes(classifyError(error)))
      refused.fate = {
        kind: 'refused',
        error: new StoreUnavailable({ store: collections.location, reason: 'the server refused an event', cause: error }),
      }
  }
  return false
}

/** Lets what a majority has decide. What is found nowhere stays undecided: it may still be on its way. */
async function readBack(collections: LogCollections, placed: readonly Placed[], signal: AbortSignal): Promise<void> {
  const ranges = placed.map(({ document }) => document._id)
  const bounds = { $gte: Math.min(...ranges), $lte: Math.max(...ranges) }
  const there = await collections.find<'events', Mark & { readonly id?: string }>(
    'events',
    { _id: bounds },
    { projection: { id: 1, tombstone: 1 }, signal },
  )
  const byPosition = new Map<Position, (typeof there)[number]>(there.map((found) => [found._id, found]))
  const missing: Placed[] = []
  for (const one of placed) {
    const found = byPosition.get(one.document._id)
    if (found === undefined) missing.push(one)
    else if (found.id === one.document.id) one.fate = written
    else one.fate = { kind: 'lost', to: found.tombstone ?? 'event' }
  }
  if (missing.length === 0) return
  const ids = missing.map(({ document }) => document.id)
  const elsewhere = await collections.find('events', { id: { $in: ids } }, { projection: { id: 1 }, signal })
  const known = new Set((elsewhere as { readonly id?: string }[]).map(({ id }) => id))
  for (const one of missing) if (known.has(one.document.id)) one.fate = { kind: 'repeated' }
}

/** In parts that fit into a message each. */
function inMessages(placed: readonly Placed[]): readonly (readonly Placed[])[] {
  const parts: Placed[][] = [[]]
  let bytes = 0
  for (const one of placed) {
    const size = mostBytesOf(one.document)
    if (bytes > 0 && bytes + size > mostBytes) {
      parts.push([])
      bytes = 0
    }
    bytes += size
    parts.at(-1)?.push(one)
  }
  return parts
}

function mostBytesOf(document: EventDocument): number {
  let bytes = bytesOfFields
  for (const value of Object.values(document)) if (typeof value === 'string') bytes += bytesPerCharacter * value.length
  return bytes
}
