import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import type { Logger, Runtime } from '../ports/runtime.ts'

/** The longest wait that one timer takes; Node fires a longer one at once. */
const longestTimerMs = 2_147_483_647

/** How many random bytes are kept in store. */
const poolBytes = 4_096

/** The real machine: its clock, its random source, and lines on standard error. What everything uses unless given another. */
export const systemRuntime: Runtime = Object.freeze({
  clock: Object.freeze({ now: () => Date.now(), monotonic: () => performance.now(), sleep }),
  random: Object.freeze({ next: () => Math.random(), bytes: randomSource() }),
  logger: Object.freeze({ info: lines('info'), warn: lines('warn'), error: lines('error') }),
})

/** Asks the system for many random bytes at once, for each question costs as much as the rest of a new id. None is given twice. */
function randomSource(): (length: number) => Uint8Array {
  let pool = Buffer.alloc(0)
  let used = 0
  return (length) => {
    if (length > poolBytes) return new Uint8Array(randomBytes(length))
    if (used + length > pool.length) {
      pool = randomBytes(poolBytes)
      used = 0
    }
    const taken = new Uint8Array(pool.subarray(used, used + length))
    // Whoever reads this memory later learns nothing of what was given.
    pool.fill(0, used, used + length)
    used += length
    return taken
  }
}

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
