import { systemRuntime } from '@tidings/core'
import type { MongoClient } from 'mongodb'
import type { Mongod } from '../../../faults/start-mongod.ts'
import type { TcpProxy } from '../../../faults/tcp-proxy.ts'
import type { Tally } from '../../round/tally.ts'

/** What faults are brought upon. */
export interface Scene {
  readonly mongod: Mongod
  readonly proxy: TcpProxy
  /** Goes round the proxy. */
  readonly client: MongoClient
  /** The loop's own source of numbers in [0, 1). */
  readonly next: () => number
}

/** Brings on one fault, from beginning to end. @returns False where it met nothing. */
export type Bring = (scene: Scene) => Promise<boolean>

/** Faults by kind. */
export type Faults = ReadonlyMap<string, Bring>

/** Faults one after the other, drawn from those given; what cannot be brought on, since others are at work, is left out. */
export async function bringOn(faults: Faults, times: number, scene: Scene, tally: Tally): Promise<void> {
  const kinds = [...faults]
  for (let i = 0; i < times; i++) {
    await pause(100, 400, scene)
    const [kind, bring] = kinds[Math.floor(scene.next() * kinds.length)] ?? []
    if (kind !== undefined && (await bring?.(scene).catch(() => false))) tally.add(kind)
  }
}

/** Waits for a time drawn from these bounds, in milliseconds; more often a short one. */
export async function pause(leastMs: number, mostMs: number, { next }: Pick<Scene, 'next'>): Promise<void> {
  await systemRuntime.clock.sleep(leastMs + next() ** 2 * (mostMs - leastMs))
}

/** One of the values. */
export function oneOf<T>(values: readonly [T, ...T[]], { next }: Pick<Scene, 'next'>): T {
  return values[Math.floor(next() * values.length)] ?? values[0]
}

/** The commands that the log and the ledger write with, and those they read with. */
export const commands = ['insert', 'findAndModify', 'update', 'commitTransaction', 'find'] as const
