import { DefinitionInvalid, newId, type Position, type StoredEvent } from '@tidings/core'
import { progressKey } from '../consumers/changes/progress.ts'
import { HandlerFailure } from '../consumers/handling/apply-events.ts'
import { handleAlone } from '../consumers/handling/handle-events.ts'
import { phasesOf } from '../consumers/handling/phases.ts'
import type { LaneContext } from '../consumers/lane/lane-context.ts'
import { laneStep } from '../consumers/lane/lane-step.ts'
import { beat, type Lease, laneKey, releaseLease, takeLease } from '../consumers/lane/lease.ts'
import { CopyBuffer, type CopyChange } from '../copies/copy-buffer.ts'
import type { CopyDefinition } from '../copies/copy-definition.ts'
import { getRow, putRow } from '../ledger/tables.ts'
import { decodeEvent } from '../log/decode-event.ts'

/** Which events a replay runs, and what of the service takes part. */
export interface ReplayOptions {
  /** First position. @default 1 */
  readonly from?: Position
  /** Last position. @default the consumer's checkpoint */
  readonly to?: Position
  /** Names of reactions that are to run too. Without them only copies run. */
  readonly reactions?: readonly string[]
  /** Changes nothing; lists what would run and what the copies would become. */
  readonly dryRun?: boolean
}

/** What a replay did, or would do. */
export interface ReplayResult {
  /** Events that something takes part in. */
  readonly events: number
  /** How often each handler ran or would run: `copy customers`, or a handler's name. */
  readonly runs: Readonly<Record<string, number>>
  /** With `dryRun`: rows of the library's copies that would change, by copy. */
  readonly differences: Readonly<Record<string, readonly CopyDifference[]>>
}

/** One row of a copy before and after; null where there is none. */
export interface CopyDifference {
  readonly key: string
  readonly before: object | null
  readonly after: object | null
}

const page = 500

/**
 * Handles events again. Copies run, reactions only when named. The lane is taken for as long as it lasts, so that no newer
 * event is handled in between; the checkpoint stays where it is. Hand-written copies are then brought back to the checkpoint, for
 * an older write may have replaced a newer one. Other services notice nothing.
 *
 * @throws {DefinitionInvalid} The service has no reaction of a name that is given. Nothing was run.
 */
export async function replay(context: LaneContext, options: ReplayOptions, signal: AbortSignal): Promise<ReplayResult> {
  assertReactions(context, options.reactions ?? [])
  const tally = new Tally(context, options.reactions ?? [])
  if (options.dryRun === true) {
    const lane = await context.host.ledger.read((reader) => getRow(reader, 'lanes', laneKey(context.config.name)))
    const buffers = new Map<string, CopyBuffer>()
    await eachPage(context, options, lane?.position ?? 0, signal, async (events) => {
      tally.count(events)
      for (const copy of context.plan.copies) await rehearse(context, copy, events, buffers)
    })
    return tally.result(buffers)
  }
  // An instance of its own to the lane: an instance may always take back what it holds, and the one here goes on consuming.
  const holder = { ...context.holder, instance: newId(context.host.runtime) }
  const lease = await takeLease({ ...context, holder }, true)
  if (lease === undefined) throw new TypeError('A lane that is taken by force is always taken.')
  const checkpoint = lease.row.position
  const done = new AbortController()
  // Should the beat end early, the next step finds the lane lost or renews it itself.
  const heart = beat(context, lease, done.signal).catch(() => {})
  try {
    // Should this end in mid-way, whoever takes the lane next brings hand-written copies from here back to the checkpoint.
    const before = Math.min((options.from ?? 1) - 1, checkpoint)
    await moveWrites(context, lease, (upTo) => Math.min(before, upTo ?? before))
    await eachPage(context, options, checkpoint, signal, async (events) => {
      tally.count(events)
      for (const event of events) await runAgain(context, lease, event, tally)
    })
    // One that was further back before has a gap behind it, and is made up for from there.
    await moveWrites(context, lease, (upTo) => (upTo === before ? Math.min(options.to ?? checkpoint, checkpoint) : upTo))
  } finally {
    done.abort()
    await heart
    await releaseLease(context, lease)
  }
  return tally.result(new Map())
}

/** @throws {DefinitionInvalid} */
function assertReactions({ host, plan }: LaneContext, named: readonly string[]): void {
  const known = plan.handlers.flatMap(({ kind, name }) => (kind === 'reaction' ? [name] : []))
  const unknown = named.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new DefinitionInvalid({
    subject: 'replay',
    reason: `${host.service.contract.name} has no reaction named ${unknown.join(', ')}`,
    remedy: `Its reactions are: ${known.join(', ') || 'none'}.`,
  })
}

/** Changes up to which position hand-written copies are held to be right. */
async function moveWrites(context: LaneContext, lease: Lease, move: (upTo: Position | null) => Position | null): Promise<void> {
  const { config, plan } = context
  await laneStep(context, lease, lease.row.position, async (tx) => {
    for (const { name, kind } of plan.handlers) {
      if (kind !== 'copy-write') continue
      const row = await getRow(tx, 'progress', progressKey(config.name, name))
      if (row !== undefined) await putRow(tx, 'progress', progressKey(config.name, name), { ...row, upTo: move(row.upTo) })
    }
    return {}
  })
}

async function eachPage(
  context: LaneContext,
  options: ReplayOptions,
  checkpoint: Position,
  signal: AbortSignal,
  work: (events: readonly StoredEvent[]) => Promise<void>,
): Promise<void> {
  const to = Math.min(options.to ?? checkpoint, checkpoint)
  let after = Math.max(0, (options.from ?? 1) - 1)
  while (after < to) {
    signal.throwIfAborted()
    const read = await context.log.read({ after, types: context.types, limit: page, signal })
    await work(read.events.filter(({ position }) => position <= to))
    after = read.upTo
    // Embedded databases answer within a turn of the event loop: lets requests and timers have theirs.
    await context.host.runtime.clock.sleep(0)
  }
}

async function runAgain(context: LaneContext, lease: Lease, event: StoredEvent, tally: Tally): Promise<void> {
  const selection = { feeds: () => true, runs: (name: string) => tally.takesPart(name), replay: true, inOrder: false }
  try {
    for (const phase of phasesOf(context, event, { selection })) {
      await laneStep(context, lease, lease.row.position, async (tx) => ({
        staged: (await handleAlone(context, tx, event, phase)).staged,
      }))
    }
  } catch (error) {
    throw error instanceof HandlerFailure ? error.cause : error
  }
}

async function rehearse(
  context: LaneContext,
  copy: CopyDefinition,
  events: readonly StoredEvent[],
  buffers: Map<string, CopyBuffer>,
): Promise<void> {
  const touching = events.filter((event) => [...copy.feeds, ...copy.removals].some(({ name }) => name === event.type))
  if (touching.length === 0) return
  const row = await context.host.ledger.read((reader) => getRow(reader, 'copies', copy.name))
  if (row === undefined) return
  const buffer = buffers.get(copy.name) ?? new CopyBuffer(copy, row.table)
  buffers.set(copy.name, buffer)
  await context.host.ledger.read((reader) =>
    buffer.load(
      reader,
      touching.map(({ key }) => key),
    ),
  )
  for (const event of touching) {
    const type = context.plan.types.get(event.type)?.type
    if (type !== undefined) buffer.apply(event, await decodeEvent(event, type))
  }
}

class Tally {
  readonly #context: LaneContext
  readonly #reactions: ReadonlySet<string>
  readonly #runs: Record<string, number> = {}
  #events = 0

  constructor(context: LaneContext, reactions: readonly string[]) {
    this.#context = context
    this.#reactions = new Set(reactions)
  }

  takesPart(handler: string): boolean {
    return this.#reactions.has(handler) || this.#context.plan.handlers.some((one) => one.name === handler && one.kind === 'copy-write')
  }

  count(events: readonly StoredEvent[]): void {
    for (const event of events) {
      const plan = this.#context.plan.types.get(event.type)
      const names = [
        ...(plan?.copies ?? []).map(({ name }) => `copy ${name}`),
        ...(plan?.handlers ?? []).flatMap(({ name }) => (this.takesPart(name) ? [name] : [])),
      ]
      if (names.length > 0) this.#events++
      for (const name of names) this.#runs[name] = (this.#runs[name] ?? 0) + 1
    }
  }

  result(buffers: ReadonlyMap<string, CopyBuffer>): ReplayResult {
    const differences = Object.fromEntries([...buffers].map(([copy, buffer]) => [copy, buffer.changes().map(differenceOf)]))
    return { events: this.#events, runs: this.#runs, differences }
  }
}

function differenceOf(change: CopyChange): CopyDifference {
  return { key: change.key, before: change.before?.fields ?? null, after: change.after.fields }
}
