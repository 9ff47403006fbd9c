import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process of its own that prints a line when it is ready, and one for each that it is sent. */
export class LineProcess {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child
    this.#lines = lines
  }

  /** @param script Relative to this folder. */
  static async start(script: string, ...args: readonly string[]): Promise<LineProcess> {
    const file = fileURLToPath(new URL(script, import.meta.url))
    const child = spawn(process.execPath, ['--conditions=source', file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    const started = new LineProcess(child, createInterface(child.stdout)[Symbol.asyncIterator]())
    await started.#next()
    return started
  }

  /** @returns What it says to that. */
  ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`)
    return this.#next()
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'close')
    this.#child.stdin?.end()
    await ended
  }

  async #next(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('A process of the benchmark ended before it was done.')
    return value
  }
}
