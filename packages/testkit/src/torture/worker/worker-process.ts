import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { WorkerPlan } from './worker.ts'
import type { WorkerGuard } from './worker-guard.ts'
import { reportedAs } from './worker-words.ts'

/** How a worker's process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A worker as the harness sees it. */
export class WorkerProcess {
  readonly lines: string[] = []
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #waiting = new Map<string, () => void>()

  constructor(plan: WorkerPlan, guard: WorkerGuard) {
    const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=source', script, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Most of a short life would go into compiling; processes that end by themselves leave what they have compiled here.
      env: { NODE_COMPILE_CACHE: join(tmpdir(), 'tidings-torture-compiled'), ...process.env },
    })
    this.#child = child
    const { pid } = child
    if (pid !== undefined) guard.watch(pid)
    this.ended = once(child, 'close').then(([code, signal]) => {
      if (pid !== undefined) guard.forget(pid)
      return { code, signal } as Ending
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line)
      this.#waiting.get(line)?.()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.lines.push(`stderr ${text.trim()}`))
  }

  /** Resolves once the worker has printed the line; rejects when it ended before. */
  async said(line: string): Promise<void> {
    if (this.lines.includes(line)) return
    const heard = new Promise<boolean>((resolve) => this.#waiting.set(line, () => resolve(true)))
    if (!(await Promise.race([heard, this.ended.then(() => this.lines.includes(line))])))
      throw new Error(`The worker ended before it said "${line}":\n${this.lines.join('\n')}`)
  }

  /** What it has reported of itself. */
  get broken(): readonly string[] {
    return this.lines.filter((line) => line.startsWith(reportedAs)).map((line) => line.slice(reportedAs.length))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
