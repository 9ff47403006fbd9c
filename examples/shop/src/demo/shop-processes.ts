import { createServer } from 'node:net'
import { describePortHolder } from '../port-holder.ts'
import { type ProcessName, portOf, serviceNames } from '../shop.ts'
import { DemoFault } from './demo-fault.ts'
import { type ServiceProcess, type ShopPlace, startServiceProcess } from './service-process.ts'

/** The processes of a shop. Disposing of it ends them all and resolves when they are gone. */
export interface ShopProcesses extends AsyncDisposable {
  /** Starts a service, or starts it again. Does not wait until it is ready. */
  start(name: ProcessName): ServiceProcess
  of(name: ProcessName): ServiceProcess
}

/** Keeps the processes of a shop together, so that none is left behind. */
export function shopProcesses(place: ShopPlace): ShopProcesses {
  const running = new Map<ProcessName, ServiceProcess>()
  // Left over are only those that a failing disposal could not wait for.
  const killAll = (): void => {
    for (const started of running.values()) void started.end('SIGKILL')
  }
  process.once('exit', killAll)

  return {
    start(name) {
      const started = startServiceProcess(name, place)
      running.set(name, started)
      return started
    },
    of(name) {
      const started = running.get(name)
      if (started === undefined) throw new DemoFault(`${name} was not started.`)
      return started
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((started) => started.end('SIGTERM')))
      process.off('exit', killAll)
    },
  }
}

/** @throws {DemoFault} A port that the shop needs is taken; says by whom, and how to choose others. */
export async function checkPorts(place: ShopPlace): Promise<void> {
  for (const name of serviceNames) {
    const port = portOf(name, place.firstPort)
    if (await isTaken(port)) {
      const [first, last] = [place.firstPort, portOf('insights', place.firstPort)]
      const other = place.firstPort === 5_101 ? 6_101 : 5_101
      throw new DemoFault(
        `Port ${port}, which ${name} needs, is taken by ${await describePortHolder(port)}. Stop that program, or use other ports than ${first} to ${last}: npx -y pnpm@12 demo --first-port ${other}`,
      )
    }
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(true) : reject(error)))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)))
  })
}
