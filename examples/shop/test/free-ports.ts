import { createServer } from 'node:net'

// Each test file has a process of its own, so files that run side by side, in this run or another, look in different places:
// a port is also free for as long as its service lies killed.
let next = 10_000 + (process.pid % 180) * 120

/** A port for `--first-port`: nobody uses it, the one before it, and the four after it. */
export async function freePorts(): Promise<number> {
  while (true) {
    const first = next + 1
    next += 6
    const free = await Promise.all([-1, 0, 1, 2, 3, 4].map((offset) => isFree(first + offset)))
    if (free.every(Boolean)) return first
  }
}

/** True when nobody listens at the port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
