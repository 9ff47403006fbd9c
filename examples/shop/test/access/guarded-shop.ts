import type { Strategy } from '../../src/auth/strategy.ts'
import { originOf, type ShopPlace } from '../../src/demo/service-process.ts'
import { type ShopProcesses, shopProcesses } from '../../src/demo/shop-processes.ts'
import { type ProcessName, type ServiceName, serviceNames } from '../../src/shop.ts'

/** A strategy that asks who is calling. */
export type Guarding = Exclude<Strategy, 'none'>

/** The account that may block others. */
export const administrator = { email: 'administrator@shop.example', password: 'not a secret: a demo' } as const

/** A shop whose callers sign in, in processes of its own. */
export interface GuardedShop extends AsyncDisposable {
  readonly place: ShopPlace
  readonly processes: ShopProcesses
  /** Where people sign in and out. */
  readonly auth: string
  /** Where callers from outside find a service. */
  doorOf(service: ServiceName): string
}

/** The processes that a strategy needs. */
function processesOf(strategy: Guarding): readonly ProcessName[] {
  return ['auth', ...serviceNames, ...(strategy === 'gateway' ? (['gateway'] as const) : [])]
}

/** Starts a shop whose callers sign in; resolves when all of it is ready. */
export async function startGuardedShop(
  place: ShopPlace,
  strategy: Guarding,
  maxStalenessMs = 30_000,
  signal?: AbortSignal,
): Promise<GuardedShop> {
  const guarded: ShopPlace = { ...place, auth: { strategy, maxStalenessMs, administrator } }
  const processes = shopProcesses(guarded)
  const names = processesOf(strategy)
  const front = (name: ProcessName): string => originOf(strategy === 'gateway' ? 'gateway' : name, guarded)
  try {
    for (const name of names) processes.start(name)
    await Promise.all(names.map((name) => processes.of(name).ready({ signal })))
  } catch (error) {
    await processes[Symbol.asyncDispose]()
    throw error
  }
  return {
    place: guarded,
    processes,
    auth: front('auth'),
    doorOf: front,
    [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
  }
}
