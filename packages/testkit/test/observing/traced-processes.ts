import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { RecordedSpan } from './record-spans.ts'

const program = fileURLToPath(new URL('./traced-process.ts', import.meta.url))

/** The processes of the traced shop. */
export interface TracedProcesses {
  /** Where a service answers. */
  url(service: string): string
  /** The spans that have ended, of all processes, each with the number of its process. */
  spans(): Promise<readonly (RecordedSpan & { readonly process: number })[]>
}

/** Starts a process for each group of services, until the test has finished. */
export async function startTraced(groups: readonly (readonly string[])[]): Promise<TracedProcesses> {
  const directory = mkdtempSync(join(tmpdir(), 'tidings-traced-'))
  const children: ChildProcess[] = []
  onTestFinished(async () => {
    await Promise.all(children.map((child) => ended(child)))
    rmSync(directory, { recursive: true, force: true })
  })
  for (const names of groups) children.push(fork(program, [directory, ...names], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  await Promise.all(children.map((child) => once(child, 'message')))
  return {
    url: (service) => readFileSync(join(directory, `${service}.url`), 'utf8'),
    spans: async () => {
      const answers = children.map(async (child, process) => {
        const answer = once(child, 'message')
        child.send('spans')
        const [spans] = (await answer) as [readonly RecordedSpan[]]
        return spans.map((span) => ({ ...span, process }))
      })
      return (await Promise.all(answers)).flat()
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
