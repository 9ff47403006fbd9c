// Works off a log in a process of its own, and prints the peak of its memory in KB. Arguments: log file, folder, events.
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { catchUpOnce, idle } from './cases/catch-up.ts'

const [file = '', directory = '', events = '0'] = process.argv.slice(2)
await catchUpOnce(idle, sqliteEventLog({ file }), Number(events), directory)
process.stdout.write(String(process.resourceUsage().maxRSS))
