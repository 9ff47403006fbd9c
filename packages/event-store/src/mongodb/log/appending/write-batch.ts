import { type Position, type Runtime, TidingsError } from '@tidings/core'
import { classifyError } from '../../connection/classify-error.ts'
import type { LogCollections } from '../collections.ts'
import type { Draft, EventDocument } from '../event-document.ts'
import { closeGroup } from '../positions/close-group.ts'
import { raiseToHead, waitLonger } from '../positions/counter.ts'
import { reserve } from '../positions/reserve.ts'
import { insertTombstones } from '../positions/tombstone.ts'
import { insertDocuments, type Placed } from './insert-documents.ts'
import { lookUp } from './look-up.ts'
import type { PendingAppend } from './pending-append.ts'

/** What writing needs of the log that it belongs to. */
export interface BatchWriterOptions {
  readonly collections: LogCollections
  /** The log's identity. */
  readonly log: string
  readonly runtime: Runtime
  readonly holeTimeoutMs: number
}

/** An append with the places that what is missing of it gets in this round. */
interface Attempt {
  readonly append: PendingAppend
  /** Of all its events, in their order. */
  readonly positions: readonly Position[]
  readonly placed: readonly Placed[]
}

/**
 * Writes appends in rounds: reserve, write, and for appends of several events the head last. No transaction: a writer that is
 * killed inside one keeps its positions locked, and with them every reader, for a minute.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions

  constructor(options: BatchWriterOptions) {
    this.#options = options
  }

  /** Settles the appends, or leaves open those that are to be tried in another round. */
  async write(appends: readonly PendingAppend[], signal: AbortSignal): Promise<void> {
    try {
      await this.#round(appends, signal)
    } catch (error) {
      const isFinal = error instanceof TidingsError ? !error.retryable : ['refused', 'full', 'closed'].includes(classifyError(error))
      for (const append of appends) {
        if (append.isSettled) continue
        if (isFinal) append.reject(error)
        else append.failed(error)
      }
    }
    for (const append of appends) {
      append.mayBeThere = true
      append.rounds++
    }
  }

  async #round(appends: readonly PendingAppend[], signal: AbortSignal): Promise<void> {
    const { collections, log, runtime } = this.#options
    const asked = appends.filter(({ mayBeThere }) => mayBeThere)
    const known = asked.length === 0 ? undefined : await lookUp(collections, asked, runtime, signal)
    const open = appends.filter(({ isSettled }) => !isSettled)
    const missing = open.map(({ drafts, mayBeThere }) => (mayBeThere ? drafts.filter(({ id }) => !known?.has(id)) : drafts))
    const count = missing.reduce((sum, { length }) => sum + length, 0)
    if (count === 0) return
    let next = await reserve(collections, log, count, signal)
    const attempts = open.map((append, i): Attempt => {
      const placed = place(append, missing[i] ?? [], next)
      const positions = append.drafts.map(({ id }) => (append.mayBeThere ? known?.get(id) : undefined) ?? next++)
      return { append, positions, placed }
    })
    try {
      await insertDocuments(
        collections,
        attempts.flatMap(({ placed }) => (placed.length > 1 ? placed.slice(1) : placed)),
        runtime,
        signal,
      )
      // A group whose head is missing is seen by nobody: once all others are there for good, the head shows all at once.
      const heads = attempts.flatMap(({ placed: [head, ...others] }) =>
        head !== undefined && others.length > 0 && others.every(isWritten) ? [head] : [],
      )
      await insertDocuments(collections, heads, runtime, signal)
    } finally {
      for (const attempt of attempts) settle(attempt)
    }
    await this.#tidy(attempts, signal)
  }

  /** Closes what was reserved and will not be used, so that no reader waits for it, and sees that the next round fares better. */
  async #tidy(attempts: readonly Attempt[], signal: AbortSignal): Promise<void> {
    const { collections, log, holeTimeoutMs } = this.#options
    const unused: Position[] = []
    const lost: Placed[] = []
    for (const { placed } of attempts) {
      lost.push(...placed.filter(({ fate }) => fate?.kind === 'lost'))
      const [head] = placed
      if (head === undefined || placed.every(isWritten)) continue
      if (placed.length === 1) {
        if (head.fate?.kind !== 'lost') unused.push(head.document._id)
      } else {
        await closeGroup(collections, head.document._id, signal)
        unused.push(...placed.slice(1).map(({ document }) => document._id))
      }
    }
    if (unused.length > 0) await insertTombstones(collections, unused, 'repeat', signal)
    if (lost.some(({ fate }) => fate?.kind === 'lost' && fate.to === 'hole')) await waitLonger(collections, log, holeTimeoutMs, signal)
    const [overtaken] = lost.filter(({ fate }) => fate?.kind === 'lost' && fate.to === 'event')
    if (overtaken !== undefined) await raiseToHead(collections, log, overtaken.document._id, signal)
  }
}

function place(append: PendingAppend, drafts: readonly Draft[], first: Position): readonly Placed[] {
  const group = drafts.length > 1 ? { head: first } : {}
  return drafts.map((draft, i) => {
    const document: EventDocument = { _id: first + i, ...draft, ...group }
    return { document: i === 0 && drafts.length > 1 ? { ...document, size: drafts.length } : document, append, fate: undefined }
  })
}

function isWritten({ fate }: Placed): boolean {
  return fate?.kind === 'written'
}

function settle({ append, positions, placed }: Attempt): void {
  if (append.isSettled) return
  if (placed.every(isWritten)) {
    append.resolve(positions)
    return
  }
  for (const { fate } of placed) {
    if (fate?.kind !== 'refused') continue
    append.reject(fate.error)
    return
  }
}
