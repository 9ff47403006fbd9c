import { parseArgs } from 'node:util'
import { addRound, neverHit, noResults, readResults, writeResults } from './results.ts'
import type { StoreKind } from './round/round-store.ts'
import { type Round, runRound } from './round/run-round.ts'
import { portPoints } from './worker/fault-switch.ts'

const help = `pnpm torture [options]

Runs rounds of real processes that are killed and stopped with writes in flight, and checks
after each that nothing was lost, doubled or put out of order.

  --store NAME    what the log and the services' databases are kept in: sqlite (default) or mongodb,
                  which starts servers of its own: the program that MONGOMS_SYSTEM_BINARY names
  --rounds N      how many rounds (default 30)
  --seed S        seed of the first round; the others follow it (default: random, printed)
  --until-failure end at the first round that fails
  --results FILE  adds the results to those in the file, so that a campaign may be run in parts
  --help`

/** The driver of MongoDB is loaded only where it is needed. */
const kinds: Readonly<Record<string, () => Promise<StoreKind>>> = {
  sqlite: async () => (await import('./sqlite/sqlite-store.ts')).sqliteStore,
  mongodb: async () => (await import('./mongodb/mongodb-store.ts')).mongodbStore,
}
const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string', default: '30' },
    seed: { type: 'string' },
    'until-failure': { type: 'boolean', default: false },
    results: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${help}\n`)
  process.exit(0)
}
const rounds = Number(values.rounds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
const kind = await kinds[values.store]?.()
const faults = [
  kind !== undefined ? undefined : `--store takes ${Object.keys(kinds).join(' or ')}, not "${values.store}".`,
  Number.isSafeInteger(rounds) && rounds > 0 ? undefined : `--rounds takes a whole number from 1, not "${values.rounds}".`,
  Number.isSafeInteger(seed) && seed >= 0 ? undefined : `--seed takes a whole number from 0, not "${values.seed}".`,
].filter((fault) => fault !== undefined)
if (kind === undefined || faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`)
  process.exit(2)
}

let results = values.results === undefined ? noResults(kind) : readResults(values.results, kind)
let failed = 0
for (let i = 0; i < rounds && !(values['until-failure'] && failed > 0); i++) {
  const startedAt = performance.now()
  const round = await runRound(kind, seed + i)
  // Read again each time: two runs may add to one file.
  results = addRound(values.results === undefined ? results : readResults(values.results, kind), round)
  if (values.results !== undefined) writeResults(values.results, results)
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  process.stdout.write(
    `round ${i + 1}/${rounds}  seed ${round.seed}  ${round.events} events in ${seconds} s  ${described(round)}  ${round.broken.length === 0 ? 'ok' : 'FAILED'}\n`,
  )
  if (round.broken.length > 0) failed++
  // The last one tells where the files are.
  for (const fault of [...round.broken.slice(0, -1).slice(0, 10), ...round.broken.slice(-1)]) process.stdout.write(`  ${fault}\n`)
  if (round.broken.length > 0) process.stdout.write(`  again: pnpm torture --store ${kind.name} --rounds 1 --seed ${round.seed}\n`)
}
process.stdout.write(`\n${JSON.stringify({ ...results, failed: results.failed.length }, null, 2)}\n`)
const missed = neverHit(results, kind)
if (missed.length > 0) process.stdout.write(`No process died at: ${missed.join(', ')}. The run shows nothing about these points.\n`)
process.exit(failed > 0 || missed.length > 0 ? 1 : 0)

/** What was done to a round, in a line: named points together. */
function described({ injected }: Round): string {
  const points = new Set<string>([...portPoints, ...(kind?.points ?? []).map(({ point }) => point)])
  const counts = new Map<string, number>()
  for (const [what, count] of Object.entries(injected)) {
    if (what === 'processes') continue
    const [verb = '', point = ''] = what.split(' ')
    const name = points.has(point) ? `${verb} at named points` : what
    counts.set(name, (counts.get(name) ?? 0) + count)
  }
  return [...counts].map(([what, count]) => `${what} ${count}`).join(', ')
}
