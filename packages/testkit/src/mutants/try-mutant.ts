import { execFile } from 'node:child_process'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { copySources, type SourceCopy } from './copy-sources.ts'
import type { Mutant } from './mutant.ts'

/** What became of a mutant. `reason` is for people. */
export type MutantOutcome =
  | { readonly kind: 'found'; readonly seed: number; readonly seeds: number; readonly verdict: string }
  | { readonly kind: 'survived' | 'does-not-apply' | 'does-not-run' | 'found-otherwise'; readonly reason: string }

interface Run {
  readonly code: number | string
  readonly output: string
}

const mostMs = 600_000

/** Why a patch does not apply to the sources as they are; undefined when it does. */
export async function whyNotApplying(root: string, mutant: Mutant): Promise<string | undefined> {
  const { code, output } = await run('git', ['apply', '--check', mutant.file], root)
  return code === 0 ? undefined : output.trim()
}

/** Applies the patch to a copy of the sources and runs the unmodified simulation there, or the torture. */
export async function tryMutant(root: string, mutant: Mutant): Promise<MutantOutcome> {
  using copy = copySources(root)
  const applied = await run('git', ['apply', mutant.file], copy.root)
  if (applied.code !== 0) return { kind: 'does-not-apply', reason: applied.output.trim() }
  const { code, output } = await search(root, copy, mutant.seeds, mutant.store)
  if (code === 0) return { kind: 'survived', reason: `${mutant.seeds} seeds found nothing` }
  const failure = /^(?:round \S+ +)?seed (\d+) .*FAILED\n((?: {2}.*\n)+)/m.exec(output)
  if (failure === null) return { kind: 'does-not-run', reason: output.trim().slice(-2_000) }
  const verdicts = (failure[2] ?? '').split('\n').map((line) => line.trim())
  const verdict = verdicts.find((line) => mutant.breaks.some((invariant) => line.startsWith(`${invariant} `)))
  if (verdict === undefined) return { kind: 'found-otherwise', reason: verdicts.join('\n') }
  return { kind: 'found', seed: Number(failure[1]), seeds: mutant.seeds, verdict }
}

/** Runs the same on unchanged sources. @returns What it found; undefined when nothing. */
export async function tryUnchanged(root: string, seeds: number, store: Mutant['store']): Promise<string | undefined> {
  using copy = copySources(root)
  const { code, output } = await search(root, copy, seeds, store)
  return code === 0 ? undefined : output.trim()
}

function search(root: string, copy: SourceCopy, seeds: number, store: Mutant['store']): Promise<Run> {
  const isTorture = store === 'mongodb'
  const script = join(copy.root, `packages/testkit/src/${isTorture ? 'torture' : 'simulation'}/cli.ts`)
  const count = isTorture ? ['--seed', '1', '--rounds', String(seeds)] : ['--seeds', String(seeds)]
  const options = [...count, '--until-failure', ...(store === undefined ? [] : ['--store', store])]
  return run(process.execPath, ['--conditions=source', script, ...options], copy.root, serverOf(root))
}

/** The program of the MongoDB server, which may be named as seen from here. */
function serverOf(root: string): NodeJS.ProcessEnv {
  const { MONGOMS_SYSTEM_BINARY: program } = process.env
  return program === undefined ? {} : { MONGOMS_SYSTEM_BINARY: resolve(root, program) }
}

async function run(program: string, options: readonly string[], directory: string, more: NodeJS.ProcessEnv = {}): Promise<Run> {
  // Without the ceiling, git would take a folder inside another repository for a part of that one and change nothing.
  const env = { ...process.env, ...more, GIT_CEILING_DIRECTORIES: dirname(directory) }
  try {
    const { stdout } = await promisify(execFile)(program, [...options], { cwd: directory, env, timeout: mostMs, maxBuffer: 64 * 1_048_576 })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number | string | null; stdout?: string; stderr?: string }
    return { code: code ?? 'killed', output: `${stdout}${stderr}` }
  }
}
