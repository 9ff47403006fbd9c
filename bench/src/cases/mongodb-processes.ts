import { bothOfOneRun, type Comparison } from '../compare.ts'
import { LineProcess } from '../line-process.ts'
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
      const together = async (side: string): Promise<number> =>
        (await appenders.run(side)).reduce((sum, value) => sum + value, 0) / (forMs / 1_000)
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
    open: async () => {
      const appenders = await Appenders.start(processes, inFlight)
      const once = async () => {
        const each = (await appenders.run('ours')).map((acknowledged) => acknowledged / (forMs / 1_000))
        return { ours: Math.min(...each), baseline: Math.max(...each) }
      }
      return { ...bothOfOneRun(once), close: () => appenders.stop() }
    },
  }
}

/** Processes that append at the word, on a server of their own. */
class Appenders {
  readonly #server: MongodbServer
  readonly #processes: readonly LineProcess[]

  private constructor(server: MongodbServer, processes: readonly LineProcess[]) {
    this.#server = server
    this.#processes = processes
  }

  static async start(count: number, inFlight: number): Promise<Appenders> {
    const server = await MongodbServer.start()
    const url = server.urlOf(server.newName())
    const bare = await BareEvents.open(url)
    await bare.make()
    await bare.close()
    const numbers = Array.from({ length: count }, (_, i) => String(i))
    const start = (number: string) => LineProcess.start('mongodb/append-process.ts', url, number, String(inFlight))
    return new Appenders(server, await Promise.all(numbers.map(start)))
  }

  /** @returns How many each got acknowledged. */
  run(side: string): Promise<readonly number[]> {
    return Promise.all(this.#processes.map(async (one) => Number(await one.ask(`${side} ${forMs}`))))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.stop()))
    await this.#server.stop()
  }
}
