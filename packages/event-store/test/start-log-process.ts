import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A process that uses a log, and what it has printed so far. */
export interface LogProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  /** The whole lines printed so far; a line cut by a kill does not count. */
  lines(): readonly string[]
  /** Resolves with all lines when the process has ended. @throws It ended with an error. */
  readonly ended: Promise<readonly string[]>
}

/** Starts `log-process.ts`. Killed at the latest when the test has finished. */
export function startLogProcess(file: string, name: string, ...task: string[]): LogProcess {
  const script = fileURLToPath(new URL('./log-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', script, file, name, ...task], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const lines = (): readonly string[] => text.split('\n').slice(0, -1)
  const ended = once(child, 'close').then(([code, signal]) => {
    if (code !== 0 && signal !== 'SIGKILL') throw new Error(`${name} ended with ${String(code ?? signal)}`)
    return lines()
  })
  ended.catch(() => {})
  return { child, lines, ended }
}
