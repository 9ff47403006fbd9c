import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts, isFree } from './free-ports.ts'
import { type DemoRun, isAlive, runDemo } from './run-demo.ts'
import { smallFile } from './small-file.ts'
import { until } from './until.ts'

let directory: string
let file: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shop-demo-'))
  file = join(directory, 'purchases.csv')
  await writeFile(file, smallFile(140))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function expectNothingLeft(run: DemoRun, firstPort: number): Promise<void> {
  expect(run.servicePids().filter(isAlive)).toEqual([])
  for (let offset = 0; offset < 4; offset++) expect(await isFree(firstPort + offset)).toBe(true)
  expect(await readdir(join(directory, '.tidings'))).toEqual([])
}

test('the demo plays a file, kills billing, finds every figure as in the file, and leaves nothing behind', async () => {
  const firstPort = await freePorts()
  const run = runDemo(directory, ['--file', file, '--first-port', String(firstPort)])
  expect(await run.ended, run.text()).toBe(0)
  expect(run.text()).toContain('Place the first 60 orders')
  expect(run.text()).toContain('kill -9 billing')
  expect(run.text()).toContain('Place the other 80 orders')
  expect(run.text()).toMatch(/│ billing missed [\d,]+ events/)
  expect(run.text()).toContain('140 orders, 140 invoices, 29,190 cents')
  expect(run.text()).toContain('nothing lost, nothing twice')
  expect(run.text()).not.toContain('\x1b')
  expect(run.servicePids().length).toBe(4)
  await expectNothingLeft(run, firstPort)
})

test.each([
  ['billing', 'invoices', "customer_id = '05' and month = '1997-01'", '05', '1997-01'],
  ['insights', 'invoices', "order_id in (select order_id from orders where customer_id = '036' and month = '1997-08')", '036', '1997-08'],
  ['orders', 'orders', "customer_id = '00' and month = '1997-03'", '00', '1997-03'],
])(
  'one cent changed in the database of %s ends the demo with 1 and names customer and month',
  async (service, table, where, customer, month) => {
    const script = join(directory, `change-a-cent-in-${service}.mjs`)
    await writeFile(
      script,
      `import { DatabaseSync } from 'node:sqlite'
    const database = new DatabaseSync(process.env.SHOP_DIR + '/${service}.db', { timeout: 5000 })
    const { changes } = database.prepare(\`update ${table} set total_cents = total_cents + 1 where ${where}\`).run()
    if (changes !== 1) throw new Error('changed ' + changes + ' rows')
    database.close()`,
    )
    const firstPort = await freePorts()
    const run = runDemo(directory, [
      '--file',
      file,
      '--first-port',
      String(firstPort),
      '--before-compare',
      `"${process.execPath}" "${script}"`,
    ])
    expect(await run.ended, run.text()).toBe(1)
    expect(run.text()).toMatch(new RegExp(`✗ ${service}: customer ${customer} in ${month}: .* cents; the file says .* cents`))
    expect(run.text()).toContain('The event log and the databases are in')

    await rm(join(directory, '.tidings'), { recursive: true })
    await mkdir(join(directory, '.tidings'))
    await expectNothingLeft(run, firstPort)
  },
)

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s in the middle of a run leaves no process and no port in use', async (signal) => {
  const firstPort = await freePorts()
  const long = join(directory, 'long.csv')
  await writeFile(long, smallFile(20_000))
  const run = runDemo(directory, ['--file', long, '--first-port', String(firstPort)])
  await until('orders are being placed', () => run.text().includes('Place the first'))
  run.child.kill(signal)

  const code = await run.ended
  expect(code, run.text()).toBe(signal === 'SIGKILL' ? null : signal === 'SIGINT' ? 130 : 143)
  // Of a demo that was killed itself nobody ends the services: they see that it is gone.
  await until('the services are gone', () => run.servicePids().length === 4 && !run.servicePids().some(isAlive))
  if (signal === 'SIGKILL') {
    await rm(join(directory, '.tidings'), { recursive: true })
    await mkdir(join(directory, '.tidings'))
  }
  await expectNothingLeft(run, firstPort)
})

test('a reader of its output that goes away ends the demo and leaves nothing behind', async () => {
  const firstPort = await freePorts()
  const run = runDemo(directory, ['--first-port', String(firstPort)])
  await until('orders are being placed', () => run.text().includes('Place the first'))
  run.child.stdout?.destroy()
  expect(await run.ended).toBe(141)
  await expectNothingLeft(run, firstPort)
})

test('a port in use is named before anything starts', async () => {
  const firstPort = await freePorts()
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(firstPort + 2, '127.0.0.1', resolve))
  const run = runDemo(directory, ['--file', file, '--first-port', String(firstPort)])
  expect(await run.ended).toBe(1)
  expect(run.text()).toContain(`error: Port ${firstPort + 2}, which billing needs, is taken by another program`)
  expect(run.text()).toContain(`npx -y pnpm@12 demo --first-port 5101`)
  expect(run.servicePids()).toEqual([])
  await new Promise((resolve) => server.close(resolve))
})

test.each([
  [['--first-port', '70000'], 'Give a whole number from 2 to 65531'],
  [['--file'], 'argument missing'],
  [['--fill', 'x.csv'], "unknown option '--fill'"],
  [['--file', 'nowhere.csv'], 'error: The file nowhere.csv cannot be read'],
  [['extra'], 'too many arguments'],
])('the arguments %j are refused with a reason', async (args, message) => {
  const run = runDemo(directory, args)
  expect(await run.ended).toBe(1)
  expect(run.text()).toContain(message)
})

test('--help says what each option does', async () => {
  const run = runDemo(directory, ['--help'])
  expect(await run.ended).toBe(0)
  for (const option of ['--file <csv>', '--first-port <number>', '--keep', '--before-compare <command>'])
    expect(run.text()).toContain(option)
})

test('without a file the demo plays its own sample, wherever it is started', async () => {
  const firstPort = await freePorts()
  const run = runDemo(directory, ['--first-port', String(firstPort)])
  await until('the story begins', () => run.text().includes('Place the first 3,000 orders'))
  run.child.kill('SIGINT')
  expect(await run.ended).toBe(130)
  await expectNothingLeft(run, firstPort)
})
