import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const stores = ['memory', 'sqlite', 'mongodb'] as const

/** A store that seeded bugs are looked for on. */
type MutantStore = (typeof stores)[number]

/** A seeded bug: a patch to the shipped sources that the simulation must find, or on MongoDB the torture. */
export interface Mutant {
  /** The patch's file name without its ending. */
  readonly name: string
  readonly file: string
  /** What the patch breaks, in a sentence. */
  readonly summary: string
  /** Within this many seeds it must be found. */
  readonly seeds: number
  /** The store it is run on; memory and SQLite when undefined. */
  readonly store: MutantStore | undefined
  /** Invariants of which at least one must be named by what is found. */
  readonly breaks: readonly string[]
}

/**
 * Reads the patches of a folder, by name. Lines before the first `diff` say what the patch is: `Breaks: I1 I8`, `Seeds: 50`,
 * perhaps `Store: memory`, and anything else is the summary.
 *
 * @throws {TypeError} A patch does not say how many seeds it needs, or which invariants it breaks.
 */
export function readMutants(folder: string): readonly Mutant[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => readMutant(join(folder, file)))
}

function readMutant(file: string): Mutant {
  const [head = ''] = readFileSync(file, 'utf8').split(/^diff --git /m, 1)
  const fields = new Map<string, string>()
  const summary: string[] = []
  for (const line of head.split('\n').map((one) => one.trim())) {
    const field = /^(Seeds|Store|Breaks): (.+)$/.exec(line)
    if (field === null) summary.push(line)
    else fields.set(field[1] ?? '', field[2] ?? '')
  }
  const seeds = Number(fields.get('Seeds'))
  const named = fields.get('Store')
  const store = stores.find((one) => one === named)
  const breaks = (fields.get('Breaks') ?? '').split(/\s+/).filter((invariant) => /^I\d+$/.test(invariant))
  if (!Number.isSafeInteger(seeds) || seeds < 1 || breaks.length === 0 || store !== named)
    throw new TypeError(
      `${file} must begin with lines "Seeds: 50" and "Breaks: I1 I8", and may have a line "Store:" with ${stores.join(' or ')}.`,
    )
  return { name: basename(file, '.patch'), file, summary: summary.filter((line) => line !== '').join(' '), seeds, store, breaks }
}
