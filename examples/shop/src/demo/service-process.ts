import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { type AuthSettings, environmentOfAuth } from '../auth/settings.ts'
import { type ProcessName, portOf } from '../shop.ts'
import { environmentOf, type ShopStores } from '../shop-stores.ts'
import { DemoFault } from './demo-fault.ts'

/** Where a shop's processes run. */
export interface ShopPlace extends ShopStores {
  readonly firstPort: number
  /** How callers are told apart. @default not at all */
  readonly auth?: AuthSettings
}

const nobodySignsIn: AuthSettings = { strategy: 'none', maxStalenessMs: 30_000 }

/** One service in a process of its own. */
export interface ServiceProcess {
  readonly name: ProcessName
  readonly pid: number
  /** Resolves when the service says that it is ready. @throws {DemoFault} The process ended, or was not ready in time. */
  ready(options?: { signal?: AbortSignal; patienceMs?: number }): Promise<void>
  /** Calls `receive` with each line that the process has written or will write; undefined ends that. */
  onLine(receive: ((line: string) => void) | undefined): void
  /** Ends the process and resolves when it is gone. One that does not stop within five seconds of a SIGTERM is killed. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Where a service of the shop is found. */
export function originOf(service: ProcessName, place: ShopPlace): string {
  return `http://127.0.0.1:${portOf(service, place.firstPort)}`
}

/** Starts a service as `pnpm shop <service>` does. */
export function startServiceProcess(name: ProcessName, place: ShopPlace): ServiceProcess {
  const child = spawn(process.execPath, [...process.execArgv, main, name], {
    env: { ...environmentOf(place), ...environmentOfAuth(place.auth ?? nobodySignsIn), PORT: String(portOf(name, place.firstPort)) },
    // The channel closes when this process dies, however it dies; the service then stops by itself.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lines = collectLines(child)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const isGone = (): boolean => child.pid === undefined || child.exitCode !== null || child.signalCode !== null

  return {
    name,
    pid: child.pid ?? 0,
    onLine: lines.onLine,
    async ready({ signal, patienceMs = 60_000 } = {}) {
      const giveUpAt = performance.now() + patienceMs
      while (true) {
        signal?.throwIfAborted()
        const answered = await isReady(`${originOf(name, place)}/ready`)
        // Looked at after the answer: another program may have given that, at the port that this one could not have.
        if (isGone()) throw new DemoFault(`${name} ended before it was ready. ${lines.last() ?? 'It wrote nothing.'}`)
        if (answered) return
        if (performance.now() > giveUpAt) {
          throw new DemoFault(`${name} was not ready within ${patienceMs / 1000} s. ${lines.last() ?? 'It wrote nothing.'}`)
        }
        await sleep(20, undefined, { signal })
      }
    },
    async end(signal) {
      if (isGone()) return
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(late)
    },
  }
}

function collectLines(child: ChildProcess): { onLine: ServiceProcess['onLine']; last: () => string | undefined } {
  const written: string[] = []
  let receiver: ((line: string) => void) | undefined
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      written.push(line)
      receiver?.(line)
    })
  }
  return {
    onLine: (receive) => {
      receiver = receive
      for (const line of written) receive?.(line)
    },
    last: () => written.at(-1),
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await request(url, { headersTimeout: 2_000, bodyTimeout: 2_000 })
    await response.body.dump()
    return response.statusCode === 200
  } catch {
    return false
  }
}
