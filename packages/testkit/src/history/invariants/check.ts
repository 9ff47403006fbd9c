import type { FinalState } from '../final-state.ts'
import type { HistoryRecord } from '../history-record.ts'
import type { LogIndex } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'

/** Judges one invariant, or a close group, over a whole history. */
export type Check = (history: readonly HistoryRecord[], log: LogIndex, final: FinalState) => readonly Verdict[]
