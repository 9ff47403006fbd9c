import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { appendInFlight } from './cases/append.ts'
import { authLocal } from './cases/auth-local.ts'
import { authLogin } from './cases/auth-login.ts'
import { catchUp } from './cases/catch-up.ts'
import { catchUpIntoCopy } from './cases/catch-up-into-copy.ts'
import { catchUpIntoMongodbCopy } from './cases/catch-up-into-mongodb-copy.ts'
import { httpCall } from './cases/http-call.ts'
import { httpQuery } from './cases/http-query.ts'
import { httpSlowCallee } from './cases/http-slow-callee.ts'
import { httpTargetDown } from './cases/http-target-down.ts'
import { largeLog, largeMongodbLog } from './cases/large-log.ts'
import { mongodbAppendAlone, mongodbAppendInFlight } from './cases/mongodb-append.ts'
import { mongodbCatchUp } from './cases/mongodb-catch-up.ts'
import { mongodbAgainstEmmett } from './cases/mongodb-emmett.ts'
import { mongodbLatency } from './cases/mongodb-latency.ts'
import { mongodbFairness, mongodbProcesses } from './cases/mongodb-processes.ts'
import { mongodbRead } from './cases/mongodb-read.ts'
import { publishInProcess } from './cases/publish-in-process.ts'
import { type Comparison, compare, type Result } from './compare.ts'
import { memoryOfReplay } from './memory-of-replay.ts'
import { hasMongodb } from './mongodb/server.ts'
import { reportOf, tableOf } from './print-results.ts'

const help = `pnpm bench [options] [name …]

Measures the library against the same work done without it: both sides in turn in one run,
the median of the ratios. Names pick comparisons by a part of their name.
Those on MongoDB need a mongod that MONGOMS_SYSTEM_BINARY names.

  --rounds N   rounds of each side that count (default 7)
  --large      also at 10^7 events in the log, 10^6 on MongoDB (some minutes, 6 GB of disk)
  --json FILE  write the results there too
  --help`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    large: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${help}\n`)
  process.exit(0)
}
const rounds = Number(values.rounds)
if (!Number.isSafeInteger(rounds) || rounds < 1) {
  process.stderr.write(`--rounds takes a whole number from 1, not "${values.rounds}".\n`)
  process.exit(2)
}

const comparisons: readonly Comparison[] = [
  appendInFlight(256, 25_600, 0.6),
  appendInFlight(1, 2_000, 0.7),
  catchUp(100_000),
  catchUpIntoCopy(50_000),
  publishInProcess(100_000),
  authLocal(1, 2_000),
  authLocal(64, 5_000),
  authLogin(40),
  httpQuery(64, 3),
  httpCall(10_000, 64),
  httpSlowCallee(2_000, 10_000),
  httpTargetDown(20_000),
  ...(hasMongodb
    ? [
        mongodbAppendInFlight(256, 12_800),
        mongodbAppendAlone(500),
        mongodbProcesses(8, 4),
        mongodbFairness(8, 4),
        mongodbAgainstEmmett(256, 5_120),
        mongodbLatency(500, 1_000),
        mongodbCatchUp(50_000),
        mongodbRead(20_000),
        catchUpIntoMongodbCopy(20_000),
      ]
    : []),
  ...(values.large ? [largeLog(10_000_000, 100_000)] : []),
  ...(values.large && hasMongodb ? [largeMongodbLog(1_000_000, 10_000)] : []),
]
if (!hasMongodb) process.stderr.write('The rows on MongoDB are left out: set MONGOMS_SYSTEM_BINARY to a mongod to measure them.\n')
const isChosen = (name: string): boolean =>
  positionals.length === 0 || positionals.some((part) => name.toLowerCase().includes(part.toLowerCase()))
const chosen = comparisons.filter(({ name }) => isChosen(name))
const results: Result[] = []
for (const comparison of chosen) {
  process.stderr.write(`${comparison.name} `)
  const result = await compare(comparison, rounds, () => process.stderr.write('.'))
  process.stderr.write(` ${result.ratio.toFixed(2)} (at least ${result.atLeast})\n`)
  results.push(result)
}
const memory = values.large && isChosen('memory of a replay') ? await memoryOfReplay(1_000_000, 10_000_000) : undefined
const report = reportOf(results, memory)
process.stdout.write(`\n${tableOf(report)}`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
