import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'

const server = inject('mongodbUrl')
const script = fileURLToPath(new URL('../src/doctor.ts', import.meta.url))

function doctor(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: unknown; readonly output: string }> {
  const { EVENT_STORE_URL: _, DATABASE_URL: __, ...others } = process.env
  const env = { ...others, ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=source', script, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    )
  })
}

test('files have no users, so every service is within its boundary, and nothing is made', async () => {
  const { code, output } = await doctor(['--directory', '/nowhere'])
  expect(output.match(/^\w+$/gm)).toEqual(['customers', 'orders', 'billing', 'insights'])
  expect(output).toContain('  event log: a store without users: ok')
  expect(code).toBe(0)
})

test('a service that is not there is named, with those that are', async () => {
  const { code, output } = await doctor(['orderz'])
  expect(output).toMatch(/no service "orderz".*customers, orders/)
  expect(code).toBe(1)
})

test.skipIf(server === undefined)('a server that asks nobody for a name fails, and is told for each service that is there', async () => {
  const { code, output } = await doctor(['orders', 'insights'], { EVENT_STORE_URL: server, DATABASE_URL: server })
  expect(output.match(/TOO MUCH: everything on its server/g)).toHaveLength(3)
  expect(output).toContain('insights: a store without users: ok')
  expect(code).toBe(1)
})
