import type { Position } from '@tidings/core'
import type { RevocationFact } from '../../contract/access-changed.ts'

/** About 1 KiB at most for each fact, and 1 MiB for an event. */
const factsPerPart = 1_000

/** The data of the {@link AccessSnapshot} events of one snapshot, to be appended together. */
export interface SnapshotPart {
  readonly after: Position
  readonly facts: readonly RevocationFact[]
}

/**
 * Divides the facts that still matter into events of a size that the log takes.
 *
 * @param after The log's end before the facts were read: every change at or under it must be among them, unless it
 * matters no more.
 */
export function snapshotParts(after: Position, facts: readonly RevocationFact[]): readonly SnapshotPart[] {
  const parts: SnapshotPart[] = []
  for (let at = 0; at === 0 || at < facts.length; at += factsPerPart) parts.push({ after, facts: facts.slice(at, at + factsPerPart) })
  return parts
}
