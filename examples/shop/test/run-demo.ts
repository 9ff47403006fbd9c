import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A demo that runs in a process of its own. */
export interface DemoRun {
  readonly child: ChildProcess
  /** What it has written so far, errors included. */
  text(): string
  /** Ids of the services' processes that it told of so far. */
  servicePids(): number[]
  /** Its exit code when it has ended. */
  readonly ended: Promise<number | null>
}

const demo = fileURLToPath(new URL('../src/demo.ts', import.meta.url))

/** Runs `pnpm demo` with the arguments, in a directory where its `.tidings` will be. */
export function runDemo(directory: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): DemoRun {
  const child = spawn(process.execPath, ['--conditions=source', demo, ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      written += chunk
    })
  }
  return {
    child,
    text: () => written,
    servicePids: () => [...written.matchAll(/process (\d+)$/gm)].map((match) => Number(match[1])),
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  }
}

/** True when a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
