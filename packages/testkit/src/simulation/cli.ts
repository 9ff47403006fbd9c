import { parseArgs } from 'node:util'
import { describeVerdict } from '../history/verdict.ts'
import { runSeed } from './run-seed.ts'

const help = `pnpm simulate [options]

Runs the shipped log, ledger, outbox, consumers and replay on one thread, with clock, random
source and every port under control: processes crash and pause at any await, answers are late,
lost and repeated. The same seed gives the same run.

  --seeds N          how many seeds (default 100)
  --from S           the first of them (default 1)
  --seed S           only this one
  --store NAME       memory or sqlite (default: odd seeds on memory, even ones on SQLite)
  --until-failure    end at the first seed that fails
  --verbose          print everything that was reported
  --help`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    store: { type: 'string' },
    'until-failure': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${help}\n`)
  process.exit(0)
}
const { store } = values
const from = Number(values.seed ?? values.from)
const seeds = values.seed === undefined ? Number(values.seeds) : 1
if (
  !Number.isSafeInteger(from) ||
  from < 0 ||
  !Number.isSafeInteger(seeds) ||
  seeds < 1 ||
  !(store === undefined || store === 'memory' || store === 'sqlite')
) {
  process.stderr.write(`--seeds and --from take whole numbers, --store takes memory or sqlite. See --help.\n`)
  process.exit(2)
}

const mostShown = 8
const startedAt = performance.now()
let events = 0
let failed = 0
for (let seed = from; seed < from + seeds; seed++) {
  const { verdicts, ...result } = await runSeed(seed, store ?? (seed % 2 === 0 ? 'sqlite' : 'memory'))
  events += result.events
  if (values.verbose) process.stdout.write(`${result.recorder.trace.join('\n')}\ndigest ${result.recorder.digest}\n`)
  if (verdicts.length > 0) {
    failed++
    const shown = verdicts.slice(0, mostShown).map((verdict) => `  ${describeVerdict(verdict)}\n`)
    const more = verdicts.length > mostShown ? `  and ${verdicts.length - mostShown} more\n` : ''
    const again = `  again: pnpm simulate --seed ${seed} --store ${result.store} --verbose\n`
    process.stdout.write(`seed ${seed} on ${result.store} FAILED\n${shown.join('')}${more}${again}`)
  }
  if (failed > 0 && values['until-failure']) break
  const done = seed - from + 1
  if (done % 100 === 0 && done < seeds) process.stderr.write(`${done} of ${seeds} seeds, ${failed} failed\n`)
}
const seconds = (performance.now() - startedAt) / 1_000
process.stdout.write(`${seeds} seeds from ${from}: ${failed} failed, ${events.toLocaleString('en')} events, ${seconds.toFixed(1)} s\n`)
process.exit(failed > 0 ? 1 : 0)
