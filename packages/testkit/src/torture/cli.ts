import { parseArgs } from 'node:util'
import { addRound, neverHit, noResults, readResults, writeResults } from './results.ts'
import { runRound } from './run-round.ts'

const help = `pnpm torture --store sqlite [options]

Runs rounds of real processes that are killed and paused with writes in flight, and checks
after each that nothing was lost, doubled or put out of order.

  --store sqlite  what the log and the services' databases are kept in
  --rounds N      how many rounds (default 30)
  --seed S        seed of the first round; the others follow it (default: random, printed)
  --results FILE  adds the results to those in the file, so that a campaign may be run in parts
  --help`

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string', default: '30' },
    seed: { type: 'string' },
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
const faults = [
  values.store === 'sqlite' ? undefined : `--store takes sqlite, not "${values.store}".`,
  Number.isSafeInteger(rounds) && rounds > 0 ? undefined : `--rounds takes a whole number from 1, not "${values.rounds}".`,
  Number.isSafeInteger(seed) && seed >= 0 ? undefined : `--seed takes a whole number from 0, not "${values.seed}".`,
].filter((fault) => fault !== undefined)
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`)
  process.exit(2)
}

let results = values.results === undefined ? noResults : readResults(values.results)
for (let i = 0; i < rounds; i++) {
  const round = await runRound(seed + i)
  results = addRound(results, round)
  const killed = Object.values(round.killedAt).reduce((sum, count) => sum + count, 0)
  process.stdout.write(
    `round ${i + 1}/${rounds}  seed ${round.seed}  ${round.events} events  ${killed} killed at named points, ${round.killedAtRandom} at random, ${round.paused} paused  ${round.faults.length === 0 ? 'ok' : 'FAILED'}\n`,
  )
  for (const fault of round.faults.slice(0, 10)) process.stdout.write(`  ${fault}\n`)
  if (round.faults.length > 0) process.stdout.write(`  again: pnpm torture --store sqlite --rounds 1 --seed ${round.seed}\n`)
  if (values.results !== undefined) writeResults(values.results, results)
}
process.stdout.write(`\n${JSON.stringify({ ...results, failed: results.failed.length }, null, 2)}\n`)
const missed = neverHit(results)
if (missed.length > 0 && results.rounds >= 30)
  process.stdout.write(`No process died at: ${missed.join(', ')}. The run shows nothing about these points.\n`)
process.exit(results.failed.length > 0 || (missed.length > 0 && results.rounds >= 30) ? 1 : 0)
