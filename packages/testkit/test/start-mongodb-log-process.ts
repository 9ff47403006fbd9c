import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A process that uses a log on MongoDB, and what it has printed so far. */
export interface MongodbLogProcess {
  readonly child: ChildProcessByStdio<null, Readable, null>
  /** What it was told of its appends so far: position by id. A line cut by a kill does not count. */
  acknowledged(): readonly (readonly [id: string, position: number])[]
  /** Resolves with all lines when the process has ended. @throws It ended with an error. */
  readonly ended: Promise<readonly string[]>
}

/** Starts `mongodb-log-process.ts`. Killed at the latest when the test has finished. */
export function startMongodbLogProcess(url: string, name: string, ...task: string[]): MongodbLogProcess {
  const script = fileURLToPath(new URL('./mongodb-log-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', script, url, name, ...task], { stdio: ['ignore', 'pipe', 'inherit'] })
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
  const acknowledged = (): [string, number][] =>
    lines().map((line) => {
      const [id = '', position] = line.split(' ')
      return [id, Number(position)]
    })
  return { child, acknowledged, ended }
}
