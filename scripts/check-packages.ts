import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { isDeepStrictEqual, promisify } from 'node:util'

// Packs every package as it would be published and holds the result against publint and attw. Needs a build.

const run = promisify(execFile)
const packed = 'node_modules/.cache/packed'

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly publishConfig: { readonly exports: Manifest['exports'] }
}

await rm(packed, { recursive: true, force: true })
await mkdir(packed, { recursive: true })

for (const folder of (await readdir('packages')).sort()) {
  const manifest = JSON.parse(await readFile(`packages/${folder}/package.json`, 'utf8')) as Manifest
  const tarball = `${packed}/${folder}.tgz`
  await judge(folder, 'exports', () => comparePublished(manifest))
  await judge(folder, 'pack', () => run('pnpm', ['--dir', `packages/${folder}`, 'pack', '--out', `${process.cwd()}/${tarball}`]))
  await judge(folder, 'publint', () => run('publint', ['run', tarball, '--strict']))
  await judge(folder, 'attw', () => run('attw', [tarball, '--profile', 'esm-only', '--exclude-entrypoints', 'package.json']))
  await judge(folder, 'import', () => importBuilt(folder, manifest))
}

async function judge(folder: string, check: string, work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    process.exitCode = 1
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    console.log(`packages/${folder}, ${check}:\n${`${stdout}${stderr}`.trim() || message}\n`)
  }
}

// What is published has no `source` condition: no one outside can run TypeScript from node_modules.
function comparePublished(manifest: Manifest): void {
  const expected = Object.fromEntries(
    Object.entries(manifest.exports).map(([entry, target]) => {
      if (typeof target === 'string') return [entry, target]
      const { source, ...published } = target
      return [entry, published]
    }),
  )
  if (!isDeepStrictEqual(manifest.publishConfig.exports, expected)) {
    throw new Error(`publishConfig.exports must be exports without "source":\n${JSON.stringify(expected, null, 2)}`)
  }
}

async function importBuilt(folder: string, manifest: Manifest): Promise<void> {
  const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
  const names = entries.map((entry) => manifest.name + entry.slice(1))
  const program = names.map((name) => `await import(${JSON.stringify(name)})`).join('\n')
  await run('node', ['--input-type=module', '--eval', program], { cwd: `packages/${folder}` })
}
