import { checkHistory } from './check-history.ts'
import type { FinalEvent, FinalState } from './final-state.ts'
import type { Change, DeliveredRecord, HistoryRecord } from './history-record.ts'
import type { Invariant } from './verdict.ts'

/** A history and what it left behind; the checker's own tests tell good ones and bad ones. */
export interface Story {
  readonly history: readonly HistoryRecord[]
  readonly final: FinalState
}

const consumer = 'books'
const handler = 'shop.sold'
const keys = ['a', 'b', 'a', 'a', 'b'] as const

/** The id of the event at a position. */
function id(position: number): string {
  return `e${position}`
}

/** The events of the log, of which the consumer wants all. */
export const events: readonly FinalEvent[] = keys.map((key, i) => ({
  position: i + 1,
  id: id(i + 1),
  digest: `d${i + 1}`,
  service: 'shop',
  type: handler,
  key,
}))

/** A transaction of a process took effect. */
export function commit(process: string, ...changes: readonly Change[]): HistoryRecord {
  return { kind: 'commit', at: 0, process, changes }
}

/** The shop stages and appends the event at the position, and removes it from its outbox. */
export function published(position: number): readonly HistoryRecord[] {
  const own = { at: 0, process: 'shop-1' }
  const ids = [id(position)]
  return [
    commit('shop-1', { kind: 'staged', service: 'shop', events: [{ id: id(position), key: keys[position - 1] ?? '' }] }),
    { ...own, kind: 'append', ids },
    { ...own, kind: 'appended', ids, outcome: 'ok', positions: [position] },
    commit('shop-1', { kind: 'unstaged', service: 'shop', ids }),
  ]
}

/** A process takes the lane. */
export function takes(process: string, epoch: number): HistoryRecord {
  return commit(process, { kind: 'lease', consumer, epoch, isHeld: true })
}

/** The handler is about to run. */
export function delivered(process: string, position: number): DeliveredRecord {
  return { kind: 'delivered', at: 0, process, consumer, handler, position, id: id(position), replay: false }
}

/** The handler threw. */
export function failed(process: string, position: number): HistoryRecord {
  return { ...delivered(process, position), kind: 'failed' }
}

/** What a handler did at the position takes effect. */
export function handled(position: number): Change {
  return { kind: 'handled', consumer, handler, position, id: id(position), replay: false }
}

/** The checkpoint moves. */
export function checkpoint(position: number, epoch: number): Change {
  return { kind: 'checkpoint', consumer, epoch, position }
}

/** How often the event at the position was tried. */
export function tried(position: number, attempts: number): Change {
  return { kind: 'attempts', consumer, position, attempts }
}

/** The event at the position is parked or held. */
export function waits(kind: 'parked' | 'held', position: number, attempts = 0): Change {
  return { kind, consumer, position, id: id(position), attempts }
}

/** The event at the position is parked or held no longer. */
export function released(position: number): Change {
  return { kind: 'released', consumer, position }
}

/** The event at the position is given up. */
function discarded(position: number): Change {
  return { kind: 'discarded', consumer, position }
}

/** What is there in the end when all positions given took effect once. */
export function finalOf(...positions: readonly number[]): FinalState {
  return {
    events,
    consumers: [
      {
        consumer,
        handlers: [{ handler, type: handler, kind: 'reaction' }],
        attempts: 2,
        checkpoint: 5,
        waiting: [],
        effects: positions.map((position) => ({ handler, id: id(position) })),
      },
    ],
    staged: [],
    unfinished: [],
  }
}

/** Five events of two keys; one fails, is parked and holds the next of its key; the holder dies; a redrive follows. */
export function goodStory(): Story {
  return {
    history: [
      ...[1, 2, 3, 4, 5].flatMap(published),
      { kind: 'read', at: 0, process: 'books-1', events },
      takes('books-1', 1),
      delivered('books-1', 1),
      failed('books-1', 1),
      commit('books-1', tried(1, 1)),
      delivered('books-1', 1),
      failed('books-1', 1),
      commit('books-1', waits('parked', 1, 2), checkpoint(1, 1)),
      delivered('books-1', 2),
      commit('books-1', handled(2), waits('held', 3), checkpoint(3, 1)),
      { kind: 'fault', at: 0, process: 'books-1', fault: 'crashed' },
      takes('books-2', 2),
      delivered('books-2', 5),
      commit('books-2', waits('held', 4), handled(5), checkpoint(5, 2)),
      delivered('books-2', 1),
      commit('books-2', handled(1), released(1)),
      commit('books-2', discarded(3), released(3)),
      delivered('books-2', 4),
      commit('books-2', handled(4), released(4)),
    ],
    final: finalOf(1, 2, 4, 5),
  }
}

/** The good story with one of its records replaced: by others, or by none. */
export function withRecord(isMeant: (record: HistoryRecord) => boolean, ...replacement: readonly HistoryRecord[]): Story {
  const { history, final } = goodStory()
  const at = history.findIndex(isMeant)
  if (at === -1) throw new Error('The good story has no such record.')
  return { history: [...history.slice(0, at), ...replacement, ...history.slice(at + 1)], final }
}

/** Whether a record is a commit with such a change. */
export function commits(isMeant: (change: Change) => boolean): (record: HistoryRecord) => boolean {
  return (record) => record.kind === 'commit' && record.changes.some(isMeant)
}

/** The invariants that the checker finds broken, each once. */
export function brokenIn({ history, final }: Story): readonly Invariant[] {
  return [...new Set(checkHistory(history, final).map(({ invariant }) => invariant))]
}
