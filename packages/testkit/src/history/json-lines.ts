import type { HistoryRecord } from './history-record.ts'

/** One record as a line, its line break included. */
export function toLine(record: { readonly kind: string }): string {
  return `${JSON.stringify(record)}\n`
}

/**
 * The records of a text of lines. A last line without its line break is left out: its process was killed while it wrote it.
 *
 * @throws {SyntaxError} Any other line is not JSON.
 */
export function fromLines<Line extends { readonly kind: string } = HistoryRecord>(text: string): readonly Line[] {
  const lines = text.split('\n')
  lines.pop()
  // Only toLine writes such files.
  return lines.map((line) => JSON.parse(line) as Line)
}
