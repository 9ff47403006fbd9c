import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { DemoFault } from './demo-fault.ts'

/** Runs a shell command with `SHOP_DIR` set. @throws {DemoFault} It did not end with 0. */
export async function runCommand(command: string, directory: string, signal: AbortSignal): Promise<void> {
  const child = spawn(command, {
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SHOP_DIR: resolve(directory) },
    signal,
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new DemoFault(`The command before the comparison ended with ${code}: ${command}`)
}
