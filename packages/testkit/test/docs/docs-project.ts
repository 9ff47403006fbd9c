import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import type { Block } from './read-blocks.ts'

const run = promisify(execFile)

/** A folder that holds the files of some documents, as a reader has it who typed them all in. */
export interface DocsProject {
  readonly folder: string
  /** Holds the TypeScript files against the types. @throws The compiler's findings. */
  compile(): Promise<void>
  /** Runs a command to its end. */
  run(command: string): Promise<{ readonly output: string; readonly errors: string }>
  /** Starts a command that goes on running. */
  start(command: string): StartedCommand
  remove(): void
}

/** A command that goes on running. */
export interface StartedCommand {
  written(): string
  /** Asks it to end and answers its exit code. */
  stop(): Promise<number | null>
}

const onlySource = ['--customConditions', 'source']
const plainTypes = { extends: '', compilerOptions: { noEmit: true, types: ['node'] }, include: ['*.ts'] }

/** Writes the blocks that have a title into a new folder. The packages in `dependencies` are linked, and no others. */
export function docsProject(root: string, blocks: readonly Block[], dependencies: readonly string[]): DocsProject {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-docs-'))
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  write('package.json', '{ "type": "module" }\n')
  write('tsconfig.json', JSON.stringify({ ...plainTypes, extends: join(root, 'tsconfig.base.json') }))
  const titled = new Set<string>()
  for (const { file, line, title, text } of blocks) {
    if (title === undefined) continue
    if (titled.has(title)) throw new Error(`${file}:${line}: another block is ${title} already.`)
    titled.add(title)
    write(title, text)
  }
  for (const name of dependencies) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(folderOf(root, name), link)
  }
  const { NODE_OPTIONS: _, FORCE_COLOR: __, ...environment } = process.env
  const env = {
    ...environment,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    // What a reader has installed is built; here the sources stand in for it.
    NODE_OPTIONS: '--conditions=source',
    NO_COLOR: '1',
  }

  return {
    folder,
    async compile() {
      const compiler = join(root, 'node_modules/typescript/bin/tsc')
      await run(process.execPath, [compiler, '-p', folder, ...onlySource], { encoding: 'utf8' }).catch((error: { stdout: string }) => {
        throw new Error(error.stdout)
      })
    },
    run: (command) =>
      new Promise((resolve) => {
        const child = spawn('bash', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
        const output = collect(child.stdout)
        const errors = collect(child.stderr)
        child.once('close', () => resolve({ output: output(), errors: errors() }))
      }),
    start(command) {
      const child = spawn('bash', ['-c', `exec ${command}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      return {
        written: collect(child.stdout),
        stop: () => {
          child.kill('SIGTERM')
          return ended
        },
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function folderOf(root: string, name: string): string {
  if (name.startsWith('@tidings/')) return join(root, 'packages', name.slice('@tidings/'.length))
  return join(root, name === '@types/node' || name === 'typescript' ? '' : 'packages/testkit', 'node_modules', name)
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let written = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    written += text
  })
  return () => {
    const text = stripVTControlCharacters(written).replaceAll('\r\n', '\n')
    return text === '' || text.endsWith('\n') ? text : `${text}\n`
  }
}
