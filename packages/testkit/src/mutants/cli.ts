import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant, readMutants } from './mutant.ts'
import { type MutantOutcome, tryMutant, tryUnchanged, whyNotApplying } from './try-mutant.ts'

const help = `pnpm mutants [name …] [options]

Applies each seeded bug in packages/testkit/mutants to a copy of the shipped sources and runs the
unmodified simulation there. Fails when one is not found within the number of seeds it states, or
when a patch does not apply any more.

  --list      name the mutants and what they break
  --stale     only tell which patches do not apply to the sources as they are
  --help`

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const { values, positionals } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    stale: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (values.help) {
  process.stdout.write(`${help}\n`)
  process.exit(0)
}
const all = readMutants(fileURLToPath(new URL('../../mutants/', import.meta.url)))
const unknown = positionals.filter((name) => !all.some((mutant) => mutant.name === name))
if (unknown.length > 0) {
  process.stderr.write(`There is no mutant ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}.\n`)
  process.exit(2)
}
const mutants = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name))
if (values.list) {
  for (const mutant of mutants) process.stdout.write(`${mutant.name}\n  ${mutant.summary}\n`)
} else process.exitCode = values.stale ? await reportStale(mutants) : await reportFound(mutants)

async function reportStale(those: readonly Mutant[]): Promise<number> {
  let stale = 0
  for (const mutant of those) {
    const reason = await whyNotApplying(root, mutant)
    if (reason === undefined) continue
    stale++
    process.stdout.write(`${mutant.name} does not apply:\n  ${reason.replaceAll('\n', '\n  ')}\n`)
  }
  process.stdout.write(`${those.length - stale} of ${those.length} patches apply.\n`)
  return stale === 0 ? 0 : 1
}

async function reportFound(those: readonly Mutant[]): Promise<number> {
  const most = Math.max(...those.map(({ seeds }) => seeds))
  const unchanged = await tryUnchanged(root, most)
  if (unchanged !== undefined) {
    process.stdout.write(`The unchanged sources do not pass ${most} seeds, so a mutant that is found shows nothing:\n${unchanged}\n`)
    return 1
  }
  process.stdout.write(`unchanged: ${most} seeds pass\n`)
  let missed = 0
  for (const mutant of those) {
    const outcome = await tryMutant(root, mutant)
    if (outcome.kind !== 'found') missed++
    process.stdout.write(`${mutant.name}: ${describe(outcome)}\n`)
  }
  process.stdout.write(`${those.length - missed} of ${those.length} mutants found.\n`)
  return missed === 0 ? 0 : 1
}

function describe(outcome: MutantOutcome): string {
  if (outcome.kind === 'found') return `found by seed ${outcome.seed} of ${outcome.seeds}: ${outcome.verdict}`
  const what = {
    survived: 'NOT FOUND',
    'does-not-apply': 'DOES NOT APPLY',
    'does-not-run': 'DOES NOT RUN',
    'found-otherwise': 'FOUND, BUT NOT BY AN INVARIANT IT SAYS IT BREAKS',
  }[outcome.kind]
  return `${what}: ${outcome.reason}`
}
