import type { BrokenLog } from './break-log.ts'
import { brokenAppends } from './broken-appends.ts'
import { brokenContents } from './broken-contents.ts'
import { brokenLifetimes } from './broken-lifetimes.ts'
import { brokenReads } from './broken-reads.ts'

/** Logs at fault, each of which a case of the conformance suite must find. */
export const brokenLogs: readonly BrokenLog[] = [...brokenAppends, ...brokenReads, ...brokenContents, ...brokenLifetimes]
