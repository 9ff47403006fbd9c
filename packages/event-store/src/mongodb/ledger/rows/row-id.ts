/** The ids of rows from the first on and before the second. */
export interface IdRange {
  readonly $gte: string
  readonly $lt: string
}

/** The rows of all tables stand in one collection, as `<table>/<key>`: a table needs no making, and a range of keys is a range of ids. */
export function rowId(table: string, key: string): string {
  return `${prefixOf(table)}/${key}`
}

/** The key in a row's id. */
export function keyIn(table: string, id: string): string {
  return id.slice(prefixOf(table).length + 1)
}

/**
 * The ids of a table's keys in `[from, before)`. MongoDB compares text as the bytes of UTF-8 where no collation says otherwise.
 *
 * @throws {TypeError} A bound is no text.
 */
export function idsBetween(table: string, from?: string, before?: string): IdRange {
  if (from?.isWellFormed() === false || before?.isWellFormed() === false)
    throw new TypeError('a bound holds a lone surrogate, which is no text')
  // The character after the slash is 0.
  return { $gte: rowId(table, from ?? ''), $lt: before === undefined ? `${prefixOf(table)}0` : rowId(table, before) }
}

/** Without a slash, so that no table's ids stand among those of another. */
function prefixOf(table: string): string {
  return table.replace(/[%/]/g, (character) => (character === '%' ? '%25' : '%2F'))
}
