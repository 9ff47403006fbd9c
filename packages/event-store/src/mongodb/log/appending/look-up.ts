import { EventIdReused, type Position, type Runtime, sameContent } from '@tidings/core'
import type { LogCollections } from '../collections.ts'
import { type Draft, type EventDocument, endOfGroup, type Mark, markFields, toEvent } from '../event-document.ts'
import { clearGroup, closeGroup } from '../positions/close-group.ts'
import { truncatedBefore } from '../truncated-before.ts'
import type { PendingAppend } from './pending-append.ts'

/** Positions by the ids of events that are in the log already. */
export type Known = ReadonlyMap<string, Position>

const mostIds = 1_000
const longestPauseMs = 20

/**
 * Finds out which events of the appends are in the log already, and settles the appends of which nothing is left to be written:
 * done, or refused since an id is there with other content. Where an id lies in a group without a head, that group is closed
 * and its ids are free again: its writer is dead, or will find its head lost.
 */
export async function lookUp(
  collections: LogCollections,
  appends: readonly PendingAppend[],
  runtime: Runtime,
  signal: AbortSignal,
): Promise<Known> {
  const drafts = appends.flatMap((append) => append.drafts)
  const found = await findAlive(collections, drafts, runtime, signal)
  for (const append of appends) settle(append, found)
  return new Map([...found].map(([id, { _id }]) => [id, _id]))
}

function settle(append: PendingAppend, found: ReadonlyMap<string, EventDocument>): void {
  const there = append.drafts.map(({ id }) => found.get(id))
  const positions: Position[] = []
  for (const [i, document] of there.entries()) {
    const draft = append.drafts[i]
    if (document === undefined || draft === undefined) continue
    if (!sameContent(toEvent(document), toEvent({ _id: document._id, ...draft }))) {
      append.refuse(new EventIdReused({ eventId: draft.id, position: document._id }))
      return
    }
    positions.push(document._id)
  }
  if (positions.length === there.length) append.resolve(positions)
}

async function findAlive(
  collections: LogCollections,
  drafts: readonly Draft[],
  runtime: Runtime,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EventDocument>> {
  const documents: EventDocument[] = []
  for (let i = 0; i < drafts.length; i += mostIds) {
    const ids = drafts.slice(i, i + mostIds).map(({ id }) => id)
    documents.push(...(await collections.find<'events', EventDocument>('events', { id: { $in: ids } }, { signal })))
  }
  const dead = await endHeadless(collections, documents, runtime, signal)
  const isAlive = ({ _id, head = 0 }: EventDocument): boolean => _id < (dead.get(head) ?? Number.POSITIVE_INFINITY)
  return new Map(documents.filter(isAlive).map((document) => [document.id, document]))
}

/** @returns From where on what names a head is dead, by head, with the ids of those events free again. */
async function endHeadless(
  collections: LogCollections,
  documents: readonly EventDocument[],
  runtime: Runtime,
  signal: AbortSignal,
): Promise<ReadonlyMap<Position, Position>> {
  /** The last of the documents that name it. */
  const heads = new Map<Position, Position>()
  for (const { _id, head } of documents) if (head !== undefined && head !== _id) heads.set(head, Math.max(_id, heads.get(head) ?? 0))
  const dead = new Map<Position, Position>()
  if (heads.size === 0) return dead
  let marks = await findMarks(collections, [...heads.keys()], signal)
  let first = 1
  if (marks.size < heads.size) {
    // Most likely its writer is about to write the head: two that end each other's groups at once could go on like that.
    await runtime.clock.sleep(runtime.random.next() * longestPauseMs, signal)
    marks = await findMarks(collections, [...heads.keys()], signal)
    first = await truncatedBefore(collections, signal)
  }
  for (const [head, last] of heads) {
    const mark = marks.get(head)
    if (mark === undefined) {
      // A head that was truncated was there: its group lives.
      if (head >= first) dead.set(head, await closeGroup(collections, head, signal))
    } else if (last >= endOfGroup(mark)) {
      await clearGroup(collections, head, endOfGroup(mark), signal)
      dead.set(head, endOfGroup(mark))
    }
  }
  return dead
}

async function findMarks(
  collections: LogCollections,
  positions: readonly Position[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Position, Mark>> {
  const marks = await collections.find<'events', Mark>('events', { _id: { $in: positions } }, { projection: markFields, signal })
  return new Map(marks.map((mark) => [mark._id, mark]))
}
