import { setTimeout as sleep } from 'node:timers/promises'
import { serviceNames } from '../shop.ts'
import { checkStores } from '../shop-stores.ts'
import { type Comparison, compare } from './compare.ts'
import { emptyDatabases } from './empty-databases.ts'
import { expectedOf } from './expected.ts'
import { seconds } from './format.ts'
import { killInMidFlow } from './kill-in-mid-flow.ts'
import { reportComparison } from './report-comparison.ts'
import { reportOutcome } from './report-outcome.ts'
import { runCommand } from './run-command.ts'
import { originOf } from './service-process.ts'
import { checkPorts, type ShopProcesses, shopProcesses } from './shop-processes.ts'
import type { StoryOptions } from './story-options.ts'
import { waitUntilSettled } from './wait-until-settled.ts'

/**
 * Plays the purchases through the four services in their own processes, kills billing on the way, starts it again, and
 * compares what the services say with the file. No process is left when it settles, however it settles.
 */
export async function playStory(options: StoryOptions): Promise<Comparison> {
  const { purchases, place, beforeCompare, screen, signal } = options
  const begun = performance.now()
  await checkPorts(place)
  checkStores(place)
  await using processes = shopProcesses(place)

  await startAll(processes, options)
  const { repeats, killedAt } = await killInMidFlow(processes, options)
  const awayMs = performance.now() - killedAt
  const { missed, catchUpMs } = await startBillingAgain(processes, options)

  screen.step(6, 'Compare with the file')
  await waitUntilSettled(purchases.length, (service) => originOf(service, place), { signal })
  if (beforeCompare !== undefined) {
    screen.line(screen.paint('dim', `running: ${beforeCompare}`))
    await runCommand(beforeCompare, place, signal)
  }
  const expected = expectedOf(purchases)
  const comparison = await compare(expected, (service) => originOf(service, place), signal)
  reportComparison(screen, expected, comparison)

  if (comparison.differences.length === 0) {
    await reportOutcome(screen, { expected, place, repeats, awayMs, missed, catchUpMs, tookMs: performance.now() - begun, signal })
  }
  return comparison
}

async function startAll(processes: ShopProcesses, { place, screen, signal }: StoryOptions): Promise<void> {
  screen.step(1, 'Start four services, each in a process and with a database of its own')
  await emptyDatabases(place, screen, signal)
  const start = performance.now()
  for (const name of serviceNames) processes.start(name)
  await Promise.all(serviceNames.map((name) => processes.of(name).ready({ signal })))
  for (const name of serviceNames) screen.line(`${name.padEnd(10)} ${originOf(name, place)}  process ${processes.of(name).pid}`)
  screen.line(`ready in ${seconds(performance.now() - start)}`)
}

async function startBillingAgain(
  processes: ShopProcesses,
  { screen, signal }: StoryOptions,
): Promise<{ readonly missed: number | undefined; readonly catchUpMs: number }> {
  screen.step(5, 'Start billing again: it is ready only when it has caught up')
  const start = performance.now()
  const billing = processes.start('billing')
  let missed: number | undefined
  billing.onLine((line) => {
    // The library's lines begin with the time and a level, which say nothing new here.
    screen.line(screen.paint('dim', `│ ${line.replace(/^\S+Z (info|warn|error) /, '')}`))
    const count = /missed ([\d,]+) events?/.exec(line)?.[1]
    if (count !== undefined) missed = Number(count.replaceAll(',', ''))
  })
  await billing.ready({ signal, patienceMs: 600_000 })
  const catchUpMs = performance.now() - start
  // Its lines come another way than its readiness and may be a moment later; where nothing was missed there are none.
  for (let waited = 0; missed === undefined && waited < 500; waited += 20) await sleep(20, undefined, { signal })
  billing.onLine(undefined)
  screen.line(`ready after ${seconds(catchUpMs)}, its start included`)
  return { missed, catchUpMs }
}
