import type { HistoryRecord } from './history-record.ts'

/** The invariants of docs/reliability.md that a history can show to be broken. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'I13' | 'I14' | 'I16' | 'I17'

/** An invariant that does not hold. */
export interface Verdict {
  readonly invariant: Invariant
  /** What is wrong, in a sentence that names the event, consumer or process. */
  readonly what: string
  /** The records that show it, in their order. */
  readonly evidence: readonly HistoryRecord[]
}

const mostEvidence = 6

/** The verdict as lines for people: the invariant and what is wrong, then the evidence. */
export function describeVerdict({ invariant, what, evidence }: Verdict): string {
  const shown = evidence.slice(-mostEvidence).map((record) => `    ${JSON.stringify(record)}`)
  return [`${invariant} ${what}`, ...shown].join('\n')
}
