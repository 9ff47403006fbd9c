import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A process that holds the write lock of a ledger. */
export type LedgerProcess = ChildProcessByStdio<Writable, Readable, null>

/** Starts a process that stays inside a write transaction, and waits until it is there. Killed at the latest when the test has finished. */
export async function startLedgerProcess(directory: string): Promise<LedgerProcess> {
  const script = fileURLToPath(new URL('./ledger-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', script, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

/** Lets the process commit, and waits until it has. */
export async function letCommit(child: LedgerProcess): Promise<void> {
  const committed = once(child.stdout, 'data')
  child.stdin.write('\n')
  await committed
}
