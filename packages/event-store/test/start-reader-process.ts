import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Starts the readers in a process of their own, and waits until they run. Killed at the latest when the test has finished. */
export async function startReaderProcess(directory: string, leaseMs: number): Promise<ChildProcess> {
  const child = spawnReaderProcess(directory, leaseMs)
  await once(child.stdout, 'data')
  return child
}

/** The same without waiting: "started" and "settled" on its output tell how far it is. */
export function spawnReaderProcess(directory: string, leaseMs: number): ChildProcessByStdio<null, Readable, null> {
  const script = fileURLToPath(new URL('./reader-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', script, directory, String(leaseMs)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Kills a process as a failing machine would, and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
