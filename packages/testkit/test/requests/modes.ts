import { type Client, type Clock, type Contract, type Logger, type RequestPolicy, systemRuntime } from '@tidings/core'
import { createSystem, type System } from '@tidings/event-store'
import { memoryEventLog } from '@tidings/event-store/memory'
import { httpClient, httpServer } from '@tidings/http'
import { onTestFinished } from 'vitest'
import { type Chain, front } from './chain.ts'
import { HandClock } from './hand-clock.ts'

/** How a chain runs. */
export interface RunOptions {
  /** @default one that stands still, so that a busy machine may take its time */
  readonly clock?: Clock
  readonly policy?: () => RequestPolicy
}

/** A chain at work. */
export interface Running {
  /** The front as its program calls it. */
  readonly front: Client<typeof front>
  /** A service as its own program calls it. */
  call<C extends Contract>(contract: C): Client<C>
  /** Where the front is served. */
  readonly url: string
  /** What was reported as an error, by whichever service. */
  readonly errors: readonly string[]
}

/** Starts a chain, until the test has finished. */
export type Run = (chain: Chain, options?: RunOptions) => Promise<Running>

const names = ['back', 'middle', 'front'] as const

/** All three services in one system. */
export const together: Run = async (chain, options = {}) => {
  const { runtime, errors } = reporting(options.clock)
  const server = httpServer({ port: 0, runtime })
  const services = Object.values(chain.services())
  const system = createSystem({ services, eventStore: memoryEventLog(), server, runtime, policy: options.policy?.() })
  await started(system)
  return running(() => system, String(server.url), errors)
}

/** Each service in a system of its own, which reaches the next over HTTP. */
export const apart: Run = async (chain, options = {}) => {
  const { runtime, errors } = reporting(options.clock)
  const systems = new Map<string, System>()
  const locate: Record<string, string> = {}
  const services = chain.services()
  for (const name of names) {
    const server = httpServer({ port: 0, runtime })
    const client = httpClient({ locate: (service) => locate[service] })
    const policy = options.policy?.()
    const system = createSystem({ services: [services[name]], eventStore: memoryEventLog(), server, client, runtime, policy })
    await started(system)
    systems.set(name, system as System)
    locate[name] = String(server.url)
  }
  return running((name) => systems.get(name) as System, String(locate.front), errors)
}

/** Both ways to run a chain, for `describe.each`. */
export const modes: readonly (readonly [string, Run])[] = [
  ['in one process', together],
  ['over HTTP', apart],
]

async function started(system: System): Promise<void> {
  onTestFinished(() => system.stop())
  await system.start()
}

function running(of: (name: string) => System, url: string, errors: readonly string[]): Running {
  const call = <C extends Contract>(contract: C): Client<C> => of(contract.name).call(contract.name as never) as unknown as Client<C>
  return { front: call(front), call, url, errors }
}

function reporting(clock: Clock = new HandClock()) {
  const errors: string[] = []
  const logger: Logger = {
    info: () => {},
    warn: () => {},
    error: (message, facts) => void errors.push(`${message}: ${String((facts as { error?: unknown } | undefined)?.error)}`),
  }
  return { errors, runtime: { ...systemRuntime, clock, logger } }
}
