import { createServer } from 'node:net'

let next = 21_000 + Number(process.env.VITEST_POOL_ID ?? 0) * 400

/** The first of four ports in a row that nobody uses. Test files that run side by side look in different places. */
export async function freePorts(): Promise<number> {
  while (true) {
    const first = next
    next += 4
    const free = await Promise.all([0, 1, 2, 3].map((offset) => isFree(first + offset)))
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
