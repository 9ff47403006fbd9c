// A process that may not write where the log is. Argument: file. Prints the code of the error it meets.
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { newEvent } from './new-event.ts'

// File modes do not bind the superuser.
if (process.getuid?.() === 0) process.setuid?.(65_534)
const [file = ''] = process.argv.slice(2)
const log = sqliteEventLog({ file })
try {
  await log.append([newEvent(1)])
  process.stdout.write('written')
} catch (error) {
  process.stdout.write(error instanceof Error && 'code' in error ? String(error.code) : String(error))
}
