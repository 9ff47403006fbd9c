import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { brokenLinks } from './document-links.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

test('every link in a document leads to a file and heading that are there', () => {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  expect(
    listed
      .trim()
      .split('\n')
      .flatMap((file) => brokenLinks(root, file)),
  ).toEqual([])
})

test('the guide to operating explains every code that an error of these packages can have', () => {
  const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^[^/]+\/src\/.*(?<!\.test|\.test-d)\.ts$/.test(file),
  )
  const codes = sources.flatMap((file) => [...read(`packages/${file}`).matchAll(/\bcode = '([A-Z_]+)'/g)].map(([, code = '']) => code))
  expect(codes).toContain('LOG_DIVERGED')
  const guide = read('docs/guide/operating.md')
  expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(guide))).toEqual([])
})

test("the guide's table of a consumer's options has every option, with its default", () => {
  const declared = read('packages/core/src/service/consumer-options.ts')
  const rows = new Map(
    [...read('docs/guide/first-service.md').matchAll(/^\| `([A-Za-z.]+)` +\| ([^|]+?) +\|/gm)].map(([, option = '', value = '']) => [
      option.replace('retry.', ''),
      value.replaceAll(/[`_,]/g, ''),
    ]),
  )
  const options = [...declared.matchAll(/^ +readonly ([a-zA-Z]+)\?: (.)/gm)].filter(([, , type]) => type !== '{')
  expect(options.map(([, option]) => option).sort()).toEqual([...rows.keys()].sort())
  for (const [, value = '', option = ''] of declared.matchAll(/@default ([^*]+?) \*\/\n +readonly ([a-zA-Z]+)/g)) {
    if (option !== 'name') expect([option, rows.get(option)]).toEqual([option, value.replaceAll('_', '')])
  }
})

test("the guide's table of a server's limits has every one, with its default", () => {
  const declared = read('packages/http/src/server/options.ts')
  const table = read('docs/guide/operating.md').split('## What clients can do to a server')[1]?.split('\n## ')[0] ?? ''
  const rows = [...table.matchAll(/^\| `([A-Za-z]+)` +\| ([0-9,]+)/gm)].map(([, option, value = '']) => [
    option,
    Number(value.replaceAll(',', '')),
  ])
  const options = [...declared.matchAll(/^ {2}([a-zA-Z]+): \{ from: .*usual: ([0-9_]+) \}/gm)].map(([, option, value = '']) => [
    option,
    Number(value.replaceAll('_', '')),
  ])
  expect(rows.toSorted()).toEqual(options.toSorted())
  for (const [option, value] of options) {
    expect(declared).toMatch(
      new RegExp(`@default ${Number(value).toLocaleString('en').replaceAll(',', '_')}(?: \\*/)?\\s+(?:\\*/\\s+)?readonly ${option}\\?`),
    )
  }
})
