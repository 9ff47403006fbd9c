import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, type Contract, createClient, requestPolicy } from '@tidings/core'
import { httpClient } from '@tidings/http'
import { onTestFinished } from 'vitest'

const program = fileURLToPath(new URL('./chain-process.ts', import.meta.url))

/** The processes of one chain. Whatever ends without being told to is started again. */
export class ChainProcesses {
  readonly directory = mkdtempSync(join(tmpdir(), 'tidings-chain-'))
  readonly #running = new Map<string, ChildProcess>()
  readonly #http = httpClient({ locate: (service) => readFileSync(join(this.directory, `${service}.url`), 'utf8') })
  #isOver = false
  #deaths = 0

  constructor() {
    onTestFinished(async () => {
      this.#isOver = true
      await Promise.all([...this.#running.values()].map((child) => ended(child, 'SIGKILL')))
      await this.#http.close()
      rmSync(this.directory, { recursive: true, force: true })
    })
  }

  /** How many processes ended without being told to. */
  get deaths(): number {
    return this.#deaths
  }

  /** Starts a service, or `all` of them in one process. Resolves when it answers. */
  async start(name: string): Promise<void> {
    const child = fork(program, [this.directory, name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#running.set(name, child)
    await new Promise<void>((resolve) => {
      child.once('message', () => resolve())
      child.once('exit', (_code, signal) => {
        resolve()
        if (this.#isOver || this.#running.get(name) !== child) return
        if (signal === 'SIGKILL') this.#deaths++
        void this.start(name)
      })
    })
  }

  /** Sends a signal to a process. */
  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#running.get(name)?.kill(signal)
  }

  /** Kills a process, and leaves it so. */
  async kill(name: string): Promise<void> {
    const child = this.#running.get(name)
    this.#running.delete(name)
    if (child !== undefined) await ended(child, 'SIGKILL')
  }

  /** The operations of a service, as a stranger calls them. */
  call<C extends Contract>(contract: C): Client<C> {
    return createClient(contract, this.#http.send, { policy: requestPolicy({ pauseMs: 100 }) })
  }
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}
