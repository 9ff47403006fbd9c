import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { fillLog } from './fill-log.ts'
import { TemporaryDirectory } from './temporary-directory.ts'

/** How much memory a process takes at most while it works off a log. */
export interface MemoryResult {
  readonly short: number
  readonly long: number
  /** Peak resident set of the process, in MB. */
  readonly shortMb: number
  readonly longMb: number
  /** The most that the long one may take above the short one, in MB. */
  readonly atMostMb: number
}

/** Replays a short and a long log, each in a process of its own, and compares the peaks of their memory. */
export async function memoryOfReplay(short: number, long: number): Promise<MemoryResult> {
  const directory = new TemporaryDirectory()
  try {
    const peaks: number[] = []
    for (const events of [short, long]) {
      const file = directory.file('log.db')
      const log = sqliteEventLog({ file })
      await fillLog(log, events)
      await log.close()
      peaks.push(peakOf(file, directory.file('service'), events))
    }
    return { short, long, shortMb: peaks[0] ?? Number.NaN, longMb: peaks[1] ?? Number.NaN, atMostMb: 20 }
  } finally {
    directory.remove()
  }
}

function peakOf(file: string, directory: string, events: number): number {
  const script = fileURLToPath(new URL('./replay-process.ts', import.meta.url))
  const child = spawnSync(process.execPath, ['--conditions=source', script, file, directory, String(events)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.status !== 0) throw new Error(`The replay of ${events} events ended with ${child.status ?? child.signal}.`)
  return Math.round(Number(child.stdout) / 1_024)
}
