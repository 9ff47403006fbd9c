import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Comparison, Sides } from '../compare.ts'
import { BareEvents } from '../mongodb/bare-events.ts'
import { MongodbServer } from '../mongodb/server.ts'

const forMs = 2_000

/** Several processes that append at once, all together. */
export function mongodbProcesses(processes: number, inFlight: number): Comparison {
  return {
    name: `MongoDB append, ${processes} processes with ${inFlight} in flight each, together`,
    against: 'the same processes doing bare insertOne',
    atLeast: 1,
    open: async () => {
      const appenders = await Appenders.start(processes, inFlight)
      const together = async (side: string): Promise<number> => sum(await appenders.run(side)) / (forMs / 1_000)
      return { ours: () => together('ours'), baseline: () => together('bare'), close: () => appenders.stop() }
    },
  }
}

/** The same, and how much the slowest of them gets done. */
export function mongodbFairness(processes: number, inFlight: number): Comparison {
  return {
    name: `MongoDB append, the slowest of ${processes} processes with ${inFlight} in flight each`,
    against: 'the fastest of them',
    atLeast: 0.5,
    open: async (): Promise<Sides> => {
      const appenders = await Appenders.start(processes, inFlight)
      let rates: readonly number[] | undefined
      // Both sides of a round are of one run: whichever is asked for first makes it.
      const once = async (pick: (...values: number[]) => number): Promise<number> => {
        const known = rates
        rates = known === undefined ? await appenders.run('ours') : undefined
        return pick(...(known ?? rates ?? [])) / (forMs / 1_000)
      }
      return { ours: () => once(Math.min), baseline: () => once(Math.max), close: () => appenders.stop() }
    },
  }
}

interface Appending {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string>
}

/** Processes that wait for the word. */
class Appenders {
  readonly #server: MongodbServer
  readonly #processes: readonly Appending[]

  private constructor(server: MongodbServer, processes: readonly Appending[]) {
    this.#server = server
    this.#processes = processes
  }

  static async start(count: number, inFlight: number): Promise<Appenders> {
    const server = await MongodbServer.start()
    const url = server.urlOf(server.newName())
    const bare = await BareEvents.open(url)
    await bare.make()
    await bare.close()
    const script = fileURLToPath(new URL('../mongodb/append-process.ts', import.meta.url))
    const processes = Array.from({ length: count }, (_, i) => {
      const args = ['--conditions=source', script, url, String(i), String(inFlight)]
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
      const lines: Interface = createInterface(child.stdout)
      return { child, lines: lines[Symbol.asyncIterator]() }
    })
    for (const { lines } of processes) await lines.next()
    return new Appenders(server, processes)
  }

  /** @returns How many each got acknowledged. */
  run(side: string): Promise<readonly number[]> {
    return Promise.all(
      this.#processes.map(async ({ child, lines }) => {
        child.stdin?.write(`${side} ${forMs}\n`)
        return Number((await lines.next()).value)
      }),
    )
  }

  async stop(): Promise<void> {
    const ended = this.#processes.map(({ child }) => new Promise((resolve) => child.once('close', resolve)))
    for (const { child } of this.#processes) child.stdin?.end()
    await Promise.all(ended)
    await this.#server.stop()
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
