import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const packages = ['core', 'event-store', 'testkit'] as const

/** A copy of the sources that can be changed without harm; removed when disposed. */
export interface SourceCopy extends Disposable {
  readonly root: string
}

/** Copies what the simulation runs. Dependencies are linked; packages of ours are linked to their copies. */
export function copySources(root: string): SourceCopy {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'tidings-mutant-')))
  for (const name of packages) {
    const [from, to] = [join(root, 'packages', name), join(copy, 'packages', name)]
    mkdirSync(to, { recursive: true })
    cpSync(join(from, 'package.json'), join(to, 'package.json'))
    cpSync(join(from, 'src'), join(to, 'src'), { recursive: true })
    linkDependencies(join(from, 'node_modules'), join(to, 'node_modules'), copy)
  }
  return { root: copy, [Symbol.dispose]: () => rmSync(copy, { recursive: true, force: true }) }
}

function linkDependencies(from: string, to: string, copy: string): void {
  if (!existsSync(from)) return
  for (const name of namesIn(from)) {
    const own = /^@tidings\/(.+)$/.exec(name)?.[1]
    const target = own === undefined ? realpathSync(join(from, name)) : join(copy, 'packages', own)
    if (!existsSync(target)) continue
    mkdirSync(dirname(join(to, name)), { recursive: true })
    symlinkSync(target, join(to, name), 'dir')
  }
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name]))
}
