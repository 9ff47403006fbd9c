import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { systemRuntime } from '@tidings/core'
import { readAll } from '../../history/read-all.ts'
import { seeded } from '../../seeded.ts'
import { checkRound } from '../check/check-round.ts'
import { judgeHistory } from '../check/judge-history.ts'
import { readAgain } from '../check/read-again.ts'
import { type RoundRows, serviceNames } from '../check/round-rows.ts'
import { stillToCome } from '../check/still-to-come.ts'
import { type Sale, salesOf } from '../worker/sales.ts'
import { WorkerGuard } from '../worker/worker-guard.ts'
import { Member } from './member.ts'
import type { RoundStore, StoreKind } from './round-store.ts'
import { Tally } from './tally.ts'

/** What happened in a round. */
export interface Round {
  readonly seed: number
  readonly events: number
  /** What was done to it, by kind. */
  readonly injected: Readonly<Record<string, number>>
  /** What its checks looked at, by kind. */
  readonly judged: Readonly<Record<string, number>>
  /** Invariants that do not hold, with the evidence. */
  readonly broken: readonly string[]
}

type Outcome = Pick<Round, 'events' | 'judged' | 'broken'>

const salesPerInstance = 90
/** For how long nothing may move: a busy machine is slow, and never stands still for so long. */
const boundMs = 90_000

/**
 * Runs one round: two instances of a publishing service and two that consume, disturbed again and again with writes in flight,
 * and their store with them; then all go on without faults until everything has drained; then the check.
 */
export async function runRound(kind: StoreKind, seed: number): Promise<Round> {
  const directory = mkdtempSync(join(tmpdir(), 'tidings-torture-'))
  const tally = new Tally()
  await using guard = new WorkerGuard(directory)
  let outcome: Outcome
  try {
    outcome = await play(kind, directory, seeded(seed), guard, tally)
  } catch (error) {
    outcome = { events: 0, judged: {}, broken: [`the round did not end: ${inspect(error)}`] }
  }
  if (outcome.broken.length > 0) guard.keepFiles()
  const broken = outcome.broken.length === 0 ? [] : [...outcome.broken, `its files are in ${directory}`]
  return { ...outcome, broken, seed, injected: tally.counts }
}

async function play(kind: StoreKind, directory: string, next: () => number, guard: WorkerGuard, tally: Tally): Promise<Outcome> {
  const sales = { first: salesOf('a', salesPerInstance, next), second: salesOf('b', salesPerInstance, next) }
  await using store = await kind.create(directory, next)
  const roles = [
    { name: 'till-1', role: 'till', sales: sales.first },
    { name: 'till-2', role: 'till', sales: sales.second },
    { name: 'books-1', role: 'books', sales: [] },
    { name: 'books-2', role: 'books', sales: [] },
  ] as const
  const members = roles.map(
    (role) => new Member({ ...role, directory, kind, store, guard, tally, next: seeded(Math.floor(next() * 2 ** 32)) }),
  )
  const [found] = await Promise.all([store.disturb(tally), ...members.map((member) => member.live())])
  if (store.startsAnew) {
    await Promise.all(members.map((member) => member.kill()))
    for (const member of members) member.start()
  }
  const all = [...sales.first, ...sales.second]
  const unfinished = await drain(members, store, all)
  await Promise.all(members.map((member) => member.kill()))
  const log = store.openLog()
  try {
    const [rows, events] = [await store.rows(), await readAgain('the log', () => readAll(log))]
    const { faults, counts } = judgeHistory(directory, rows, events)
    const broken = [...found, ...members.flatMap((member) => member.broken), ...unfinished, ...checkRound(rows, all), ...faults]
    if (broken.length > 0) keep(directory, rows, members)
    return { events: rows.events.length, judged: { ...counts, 'positions closed': rows.closed.length }, broken }
  } finally {
    await log.close()
  }
}

/** No faults any more: it must drain without standing still, and every process must end by itself. @returns What did not. */
async function drain(members: readonly Member[], store: RoundStore, sales: readonly Sale[]): Promise<readonly string[]> {
  const left = await standstill(store, sales)
  if (left.length > 0) return left.map((what) => `I16 nothing has moved for ${boundMs / 1_000} s: ${what}`)
  const tills = members.filter(({ role }) => role === 'till')
  const unanswered = await lateAmong(tills, (till) => till.said('sold'))
  if (unanswered.length > 0) return unanswered.map(({ name }) => `I16 the sales of ${name} are there, and it was not answered`)
  const running = await lateAmong(members, async (member) => {
    const { code } = await member.end()
    if (code !== 0) throw new Error(`It ended with code ${code}.`)
  })
  return running.map(({ name }) => `I16 ${name} did not end by itself after SIGTERM`)
}

/** Those that do not do something, or not within the bound. */
async function lateAmong(members: readonly Member[], what: (member: Member) => Promise<unknown>): Promise<readonly Member[]> {
  const done = new AbortController()
  const late = systemRuntime.clock.sleep(boundMs, done.signal).then(
    () => false,
    () => false,
  )
  const inTime = members.map(async (member) =>
    Promise.race([
      what(member).then(
        () => true,
        () => false,
      ),
      late,
    ]),
  )
  const results = await Promise.all(inTime)
  done.abort()
  return members.filter((_, i) => results[i] === false)
}

/** Waits until everything has drained. @returns What is still to come, where nothing moves any more. */
async function standstill(store: RoundStore, sales: readonly Sale[]): Promise<readonly string[]> {
  const { clock } = systemRuntime
  let before = ''
  let movedAt = clock.monotonic()
  for (;;) {
    const left = stillToCome(await store.rows(), sales)
    if (left.length === 0) return []
    if (left.join() !== before) movedAt = clock.monotonic()
    else if (clock.monotonic() - movedAt > boundMs) return left
    before = left.join()
    await clock.sleep(400)
  }
}

/** Leaves the rows, and what the processes have printed, beside the recorded histories. */
function keep(directory: string, { services, ...log }: RoundRows, members: readonly Member[]): void {
  for (const { name, lines } of members) writeFileSync(join(directory, `${name}.out`), `${lines.join('\n')}\n`)
  const tables = ['lanes', 'outbox', 'outbox_keys', 'parked', 'holds', 'attempts', 'refused', 'copies', 'answers']
  const kept = serviceNames.map((name) => {
    const { ledger, ...rows } = services[name]
    return [name, { ...rows, ledger: Object.fromEntries(tables.map((table) => [table, ledger(table)])) }]
  })
  writeFileSync(join(directory, 'rows.json'), `${JSON.stringify({ ...log, services: Object.fromEntries(kept) }, null, 1)}\n`)
}
