import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { contractCount, contractSource, serviceSource } from './many-contracts.ts'

const core = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
const project = await mkdtemp(join(tmpdir(), 'tidings-types-'))
afterAll(() => rm(project, { recursive: true, force: true }))

/** Compiles and answers what the compiler says. */
async function compile(name: string, files: readonly string[], options: object): Promise<string> {
  const config = join(project, `${name}.json`)
  const compilerOptions = { customConditions: [], typeRoots: [join(root, 'node_modules', '@types')], ...options }
  await writeFile(config, JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, files }))
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      config,
      '--extendedDiagnostics',
    ])
    return stdout
  } catch (failed) {
    // The compiler writes what it found to standard output and ends with a status that is not 0.
    return expect.fail((failed as { stdout?: string }).stdout ?? String(failed))
  }
}

/** A project as a user has it: the library as declarations, every contract built, and one service in source. */
async function buildProject(): Promise<void> {
  const library = join(project, 'node_modules', '@tidings', 'core')
  await mkdir(library, { recursive: true })
  await mkdir(join(project, 'contracts'))
  for (const name of ['zod', 'eventemitter3']) await symlink(join(core, 'node_modules', name), join(project, 'node_modules', name))
  await writeFile(join(library, 'package.json'), JSON.stringify({ name: '@tidings/core', type: 'module', exports: './index.js' }))
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
  const declarations = { declaration: true, emitDeclarationOnly: true }
  await compile('library', [join(core, 'src', 'index.ts')], { ...declarations, outDir: library, rootDir: join(core, 'src') })
  const sources = Array.from({ length: contractCount }, (_, number) => join(project, 'contracts', `contract-${number}.ts`))
  await Promise.all(sources.map((file, number) => writeFile(file, contractSource(number))))
  await compile('contracts', sources, { ...declarations, outDir: project, rootDir: join(project, 'contracts') })
  await writeFile(join(project, 'service.ts'), serviceSource())
}

test('checking one service against 40 built contracts costs at most 15,000 type instantiations', async () => {
  await buildProject()
  const said = await compile('service', [join(project, 'service.ts')], { noEmit: true })
  const instantiations = Number(/^Instantiations:\s+(\d+)$/m.exec(said)?.[1])
  expect(instantiations).toBeGreaterThan(0)
  expect(instantiations).toBeLessThanOrEqual(15_000)
}, 300_000)
