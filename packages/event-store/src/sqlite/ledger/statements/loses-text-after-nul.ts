import { DatabaseSync } from 'node:sqlite'

/** Whether the running Node reads text only up to its first NUL, as 22 does: what stands behind would be lost without a word. */
export const losesTextAfterNul: boolean = read() !== 'a\0b'

function read(): unknown {
  const database = new DatabaseSync(':memory:')
  try {
    return database.prepare("SELECT 'a' || char(0) || 'b' AS text").get()?.text
  } finally {
    database.close()
  }
}
