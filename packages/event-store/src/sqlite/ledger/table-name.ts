// SQLite takes the names A and a for one, ends text at a NUL, and knows no lone surrogates.
const unfit = /[A-Z"$\p{Cc}\p{Cs}]/gu

/**
 * The SQLite table behind a table of the ledger, quoted and in the file itself. Names that differ give tables that differ.
 */
export function tableName(table: string): string {
  return `main."${bareTableName(table)}"`
}

/** The same as SQLite knows it. */
export function bareTableName(table: string): string {
  return `tidings_${table.replace(unfit, (character) => `$${character.charCodeAt(0).toString(16)}$`)}`
}
