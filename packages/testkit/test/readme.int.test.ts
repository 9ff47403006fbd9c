import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

test('the service in the README compiles and runs', { timeout: 120_000 }, () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  expect(code).toBeDefined()
  const folder = mkdtempSync(join(tmpdir(), 'tidings-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(root, 'packages/testkit/node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'service.ts'), code ?? '')
  const types = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, typeRoots: [join(root, 'node_modules/@types')], types: ['node'] },
    include: ['service.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(types))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' })
  execFileSync(process.execPath, ['--conditions=source', 'service.ts'], { cwd: folder, encoding: 'utf8' })
})
