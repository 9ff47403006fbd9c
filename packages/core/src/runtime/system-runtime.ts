import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import type { Logger, Runtime } from '../ports/runtime.ts'

/** The longest wait that one timer takes; Node fires a longer one at once. */
const longestTimerMs = 2_147_483_647

/** The real machine: its clock, its random source, and lines on standard error. What everything uses unless given another. */
export const systemRuntime: Runtime = Object.freeze({
  clock: Object.freeze({ now: () => Date.now(), monotonic: () => performance.now(), sleep }),
  random: Object.freeze({ next: () => Math.random(), bytes: (length: number) => new Uint8Array(randomBytes(length)) }),
  logger: Object.freeze({ info: lines('info'), warn: lines('warn'), error: lines('error') }),
})

async function sleep(ms: number, signal?: AbortSignal, background = false): Promise<void> {
  for (let left = ms; left > longestTimerMs; left -= longestTimerMs) await timer(longestTimerMs, signal, background)
  await timer(ms > longestTimerMs ? ms % longestTimerMs : ms, signal, background)
}

function timer(ms: number, signal: AbortSignal | undefined, background: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const done = (): void => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    const cancel = ms > 0 ? cancellable(setTimeout(done, ms), background) : immediate(setImmediate(done))
    function abort(): void {
      cancel()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}

function cancellable(handle: NodeJS.Timeout, background: boolean): () => void {
  if (background) handle.unref()
  return () => clearTimeout(handle)
}

function immediate(handle: NodeJS.Immediate): () => void {
  return () => clearImmediate(handle)
}

function lines(level: keyof Logger): (message: string, facts?: object) => void {
  return (message, facts) => {
    const tail = facts === undefined ? '' : ` ${inspect(facts, { breakLength: Number.POSITIVE_INFINITY, depth: 4 })}`
    process.stderr.write(`${new Date().toISOString()} ${level} ${message}${tail}\n`)
  }
}
