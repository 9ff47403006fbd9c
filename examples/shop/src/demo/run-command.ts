import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { environmentOf, type ShopStores } from '../shop-stores.ts'
import { DemoFault } from './demo-fault.ts'

/** Runs a shell command that is told where the shop's stores are. @throws {DemoFault} It did not end with 0. */
export async function runCommand(command: string, stores: ShopStores, signal: AbortSignal): Promise<void> {
  const child = spawn(command, {
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environmentOf({ ...stores, directory: resolve(stores.directory) }),
    signal,
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new DemoFault(`The command before the comparison ended with ${code}: ${command}`)
}
