import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { consoleCommands, expectedOutput } from './console-commands.ts'
import { type DocsProject, docsProject, type StartedCommand } from './docs-project.ts'
import { type Block, readBlocks } from './read-blocks.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
/** Together they are what a reader's folder holds. */
const guides = ['docs/guide/first-service.md', 'docs/guide/operating.md']
const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => /^ *```(ts|console)\b/m.test(readFileSync(join(root, file), 'utf8')))
const opentelemetry = ['api', 'context-async-hooks', 'sdk-metrics', 'sdk-trace'].map((name) => `@opentelemetry/${name}`)
const everything = [
  '@tidings/auth',
  '@tidings/core',
  '@tidings/event-store',
  '@tidings/http',
  '@tidings/testkit',
  '@types/node',
  'zod',
  ...opentelemetry,
]

/** The port that the guides use, and the one that is free while the tests run. */
const statedPort = '4300'
let port: string
beforeAll(async () => {
  port = await freePort()
})

function blocksOf(file: string): readonly Block[] {
  return readBlocks(file, readFileSync(join(root, file), 'utf8')).map((block) => ({
    ...block,
    text: block.text.replaceAll(statedPort, port),
  }))
}

test('every block of TypeScript in a document is a file that is compiled', () => {
  const untitled = documents.flatMap(blocksOf).filter(({ language, title }) => language === 'ts' && title === undefined)
  expect(untitled.map(({ file, line }) => `${file}:${line}`)).toEqual([])
})

describe.each([
  ['the guides', guides],
  ['the other documents', documents.filter((file) => !guides.includes(file))],
])('what stands in %s', (_, files) => {
  let blocks: readonly Block[]
  let project: DocsProject
  beforeAll(() => {
    blocks = files.flatMap(blocksOf)
    const manifest = blocks.find(({ title }) => title === 'package.json')
    project = docsProject(root, blocks, manifest === undefined ? everything : dependenciesOf(manifest))
  })
  afterAll(() => project.remove())

  test('compiles', { timeout: 180_000 }, () => project.compile())

  test('says what is stated when it is run', { timeout: 180_000 }, async () => {
    const running: StartedCommand[] = []
    const stopAll = async (): Promise<void> => {
      for (const started of running.splice(0)) expect(await started.stop()).toBe(0)
    }
    onTestFinished(stopAll)
    for (const block of blocks.filter(({ language }) => language === 'console')) {
      if (block.marks.has('alone')) await stopAll()
      for (const { place, command, expected } of consoleCommands(block)) {
        const stated = expectedOutput(expected)
        if (block.marks.has('stays')) {
          const started = project.start(command)
          running.push(started)
          await expect.poll(started.written, { message: place }).toMatch(stated)
        } else {
          const { output, errors } = await project.run(command)
          expect(output, `${place}\n${errors}`).toMatch(stated)
        }
      }
    }
    await stopAll()
  })
})

function dependenciesOf({ text }: Block): readonly string[] {
  const { dependencies, devDependencies } = JSON.parse(text) as Record<'dependencies' | 'devDependencies', Record<string, string>>
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)]
}

function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? String(address?.port) : ''))
    })
  })
}
