import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant, readMutants } from './mutant.ts'
import { type MutantOutcome, tryMutant, tryUnchanged, whyNotApplying } from './try-mutant.ts'

const help = `pnpm mutants [name …] [options]

Applies each seeded bug in packages/testkit/mutants to a copy of the shipped sources and runs the
unmodified simulation there, or for bugs on MongoDB the torture. Fails when one is not found within
the number of seeds it states, or when a patch does not apply any more.

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
  const isTorture = ({ store }: Mutant): boolean => store === 'mongodb'
  const hasServer = (process.env.MONGOMS_SYSTEM_BINARY ?? '') !== ''
  const [simulated, tortured] = [those.filter((one) => !isTorture(one)), those.filter(isTorture)]
  const missed = (await missedAmong(simulated, undefined)) + (hasServer ? await missedAmong(tortured, 'mongodb') : 0)
  const tried = hasServer ? those.length : simulated.length
  process.stdout.write(`${tried - missed} of ${tried} mutants found.\n`)
  if (tried < those.length)
    process.stdout.write(`${those.length - tried} on MongoDB were not tried: set MONGOMS_SYSTEM_BINARY to a mongod to try them.\n`)
  return missed === 0 && !(tried < those.length && process.env.TIDINGS_REQUIRE_MONGODB === '1') ? 0 : 1
}

/** Tries mutants for which the same is run. @returns How many were not found. */
async function missedAmong(those: readonly Mutant[], store: 'mongodb' | undefined): Promise<number> {
  if (those.length === 0) return 0
  const most = Math.max(...those.map(({ seeds }) => seeds))
  const what = store === undefined ? `${most} seeds` : `${most} rounds on MongoDB`
  const unchanged = await tryUnchanged(root, most, store)
  if (unchanged !== undefined) {
    process.stdout.write(`The unchanged sources do not pass ${what}, so a mutant that is found shows nothing:\n${unchanged}\n`)
    return those.length
  }
  process.stdout.write(`unchanged: ${what} pass\n`)
  let missed = 0
  for (const mutant of those) {
    const outcome = await tryMutant(root, mutant)
    if (outcome.kind !== 'found') missed++
    process.stdout.write(`${mutant.name}: ${describe(outcome)}\n`)
  }
  return missed
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
