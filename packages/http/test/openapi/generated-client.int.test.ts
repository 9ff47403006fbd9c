import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import openapiTS, { astToString } from 'openapi-typescript'
import { expect, test } from 'vitest'
import { serveShapes } from './serve-shapes.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** What a user writes against the generated types. Each `@ts-expect-error` is a mistake that the compiler must find. */
const client = `
import createClient from 'openapi-fetch'
import type { paths } from './api.ts'

const api = createClient<paths>({ baseUrl: process.argv[2] })
const say = (value: unknown): void => console.log(JSON.stringify(value))

const found = await api.GET('/groups/{group}/items/{at}', {
  params: { path: { group: 'a', at: 7 }, query: { limit: 5, open: false, tags: ['x'], sizes: [1, 2], kind: 'b', level: 2 } },
})
say(found.data)

const headers = { 'Idempotency-Key': 'k' }
const price = { cents: 5, currency: 'EUR' } as const
const path = { at: 7 }
const changed = await api.PUT('/items/{at}', { params: { path, header: headers }, body: { price } })
const cents: number | undefined = changed.data?.price.cents
say([changed.response.status, cents])

const taken = await api.PUT('/items/{at}', { params: { path }, body: { price, note: 'taken' } })
const problem = taken.error
if (problem !== undefined && 'reason' in problem && problem.reason === 'Taken') {
  const { by }: { by: string } = problem.facts
  say([problem.status, problem.code, by])
}
const busy = await api.PUT('/items/{at}', { params: { path }, body: { price, note: 'busy' } })
say([busy.response.status, busy.response.headers.get('retry-after')])

const planted = await api.POST('/trees', { body: { name: 'oak', branches: [{ name: 'twig', branches: [] }] } })
const twig: string | undefined = planted.data?.branches[0]?.name
say([planted.response.status, twig])

say((await api.PATCH('/items/{at}/label', { params: { path }, body: { by: 'size', size: 3 } })).data)
say((await api.POST('/numbers', { body: [1, 2, 3] })).data)
say((await api.POST('/items/{at}/touch', { params: { path } })).data)
// openapi-fetch sends every object as a deepObject; this one is a form, as the document tells.
const querySerializer = ({ first, fields }: { first: number; fields?: object }): string =>
  String(new URLSearchParams({ first: String(first), ...fields }))
say((await api.GET('/any', { params: { query: { first: 1, fields: { second: '2' } } }, querySerializer })).data)
say((await api.DELETE('/items/{at}', { params: { path } })).response.status)

if (process.argv[2] === '') {
  // @ts-expect-error a field of the body is missing
  await api.PUT('/items/{at}', { params: { path }, body: { note: 'x' } })
  // @ts-expect-error a number is asked for
  await api.GET('/groups/{group}/items/{at}', { params: { path: { group: 'a', at: 'seven' } } })
  // @ts-expect-error there is no such field
  await api.GET('/groups/{group}/items/{at}', { params: { path: { group: 'a', at: 7 }, query: { limits: 1 } } })
  // @ts-expect-error there is no such route: it is for other services
  await api.POST('/shapes/internal', { body: { secret: 'x' } })
}
`

test('a client that is generated from the document compiles, and is answered', { timeout: 120_000 }, async () => {
  await using server = await serveShapes()
  const folder = await mkdtemp(join(tmpdir(), 'tidings-openapi-'))
  try {
    const document: unknown = await (await fetch(`${server.url}/openapi.json`)).json()
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'api.ts'), astToString(await openapiTS(document as Parameters<typeof openapiTS>[0])))
    await writeFile(join(folder, 'client.ts'), client)
    const options = { extends: join(root, 'tsconfig.base.json'), compilerOptions: { noEmit: true, types: ['node'] }, include: ['*.ts'] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options))
    await symlink(join(root, 'packages/http/node_modules'), join(folder, 'node_modules'))

    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const types = ['--typeRoots', join(root, 'node_modules/@types')]
    const compiled = await run(process.execPath, [compiler, '-p', folder, ...types]).catch((error: { stdout: string }) => error)
    expect(compiled.stdout).toBe('')
    const { stdout } = await run(process.execPath, [join(folder, 'client.ts'), server.url])
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      { group: 'a', at: 7, limit: 5, open: false, tags: ['x'], sizes: [1, 2], kind: 'b', level: 2 },
      [200, 5],
      [409, 'OPERATION_FAILED', 'Ann'],
      [503, '2'],
      [201, 'twig'],
      true,
      3,
      'touched',
      { first: 1, second: '2' },
      204,
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
