import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { checkHistory } from '../history/check-history.ts'
import { readAll } from '../history/read-all.ts'
import { finalEventOf } from '../history/seen-of.ts'
import { describeVerdict } from '../history/verdict.ts'
import { mergeHistory } from './merge-history.ts'
import { markIn, type RoundFiles, readFinal } from './read-final.ts'

/** Judges what the processes of a round have recorded, together with what they left behind. @returns What does not hold. */
export async function judgeHistory(directory: string): Promise<readonly string[]> {
  const open = (name: string): DatabaseSync => new DatabaseSync(join(directory, `${name}.db`), { readOnly: true })
  const files: RoundFiles = { till: open('till'), books: open('books'), mirror: open('mirror') }
  const log = sqliteEventLog({ file: join(directory, 'log.db') })
  try {
    const events = (await readAll(log)).map(finalEventOf)
    const history = mergeHistory(directory, (service, process) => markIn(files[service as keyof RoundFiles], process))
    return checkHistory(history, readFinal(files, events)).map(describeVerdict)
  } finally {
    await log.close()
    for (const database of Object.values(files)) database.close()
  }
}
