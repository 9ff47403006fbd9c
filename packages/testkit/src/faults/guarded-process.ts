import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits for the end of its input: a word from this process, or this process's death, of which the pipe tells even after
 * kill -9. Then it kills the program and, unless told to keep them, removes its files.
 */
const guard = `
directory=$1 output=$2; shift 2
"$@" > "$output" 2>&1 &
echo $!
read -r word
kill -KILL $! 2> /dev/null
wait
[ "$word" = keep ] || rm -rf -- "$directory"
`

/** A program that does not outlive this process, however that ends; nor do the files it was given. */
export class GuardedProcess {
  readonly pid: number
  /** Resolves when the program has ended and its guard too. */
  readonly ended: Promise<void>
  readonly #guard: ChildProcess

  private constructor(process: ChildProcess, pid: number) {
    this.#guard = process
    this.pid = pid
    this.ended = once(process, 'exit').then(() => {})
  }

  /**
   * @param directory Removed with the program.
   * @param output The file that takes what the program prints.
   */
  static async start(directory: string, output: string, command: readonly string[]): Promise<GuardedProcess> {
    // In a group of its own: Ctrl-C in the terminal would end the guard before it has done its work.
    const child = spawn('/bin/sh', ['-c', guard, 'guard', directory, output, ...command], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    // The guard is to watch over this process, not to keep it alive.
    child.unref()
    const [line] = await once(createInterface(child.stdout), 'line')
    child.stdout.destroy()
    return new GuardedProcess(child, Number(line))
  }

  /** SIGSTOP; resolves when none of its threads runs any more, each of which stops at a moment of its own. */
  async freeze(): Promise<void> {
    process.kill(this.pid, 'SIGSTOP')
    while (!(await isStopped(this.pid))) await sleep(1)
  }

  /** SIGCONT. */
  thaw(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  /** Kills the program and keeps or removes its files. */
  async end(files: 'keep' | 'remove'): Promise<void> {
    this.#guard.ref()
    this.#guard.stdin?.end(`${files}\n`)
    await this.ended
  }
}

async function isStopped(pid: number): Promise<boolean> {
  // Elsewhere the system does not tell so simply.
  if (process.platform !== 'linux') return true
  const threads = await readdir(`/proc/${pid}/task`)
  // One that ended meanwhile runs no more: thrown out of here that would leave the program stopped for good.
  const ended = ') T'
  const states = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ended)))
  // The state comes after the name, which stands in brackets and may hold anything.
  return states.every((text) => text.slice(text.lastIndexOf(')') + 2).startsWith('T'))
}
