import type { LedgerReader, LedgerTransaction, Position, StoredEvent } from '@tidings/core'
import { CopyNotServed } from '../../copies/copy-not-served.ts'
import { type CopyRow, getRow, getRows, type ProgressRow, putRow, scanRows } from '../../ledger/tables.ts'
import type { Pass } from '../handling/pass.ts'
import { type Caution, workOff } from '../handling/work-off.ts'
import type { LaneContext } from '../lane/lane-context.ts'
import type { LaneStatus } from '../lane/lane-status.ts'
import { laneStep, type StepResult } from '../lane/lane-step.ts'
import type { Lease } from '../lane/lease.ts'
import { type Progress, progressKey } from './progress.ts'

const mostCopies = 10_000

/** Under which conditions something is made up for, and who is told how it goes. */
export interface MakeUpConditions {
  readonly caution: Caution
  readonly status: LaneStatus
  readonly signal: AbortSignal
}

/**
 * Lets every handler and copy that has something to make up for catch up with the checkpoint, before the lane moves on: new
 * reactions from the beginning, types that came back, hand-written copies that declare something else.
 *
 * @throws {LeaseLost}
 * @throws {CopyNotServed} A copy is served in the definition of other code.
 */
export async function makeUp(
  context: LaneContext,
  lease: Lease,
  checkpoint: Position,
  progress: Progress,
  conditions: MakeUpConditions,
): Promise<void> {
  await closeCopies(context, lease, checkpoint)
  for (const copy of context.plan.copies) {
    const row = await context.host.ledger.read((reader) => getRow(reader, 'copies', copy.name))
    if (row === undefined || row.definition !== copy.digest)
      throw new CopyNotServed({ service: context.host.service.contract.name, copy: copy.name })
    if (row.upTo === null) continue
    const types = [...copy.feeds, ...copy.removals].map(({ name }) => name)
    await passOver(
      context,
      lease,
      {
        name: `copy ${copy.name}`,
        types,
        after: row.upTo,
        checkpoint,
        selection: { feeds: (name) => name === copy.name, runs: () => false, replay: true, inOrder: true },
      },
      conditions,
      (tx, upTo) => putRow(tx, 'copies', copy.name, { ...row, upTo }),
    )
  }
  const writes = new Set(context.plan.handlers.flatMap(({ kind, name }) => (kind === 'copy-write' ? [name] : [])))
  for (const [handler, row] of progress) {
    if (row.upTo === null) continue
    const after = Math.max(row.upTo, row.since)
    await passOver(
      context,
      lease,
      {
        name: handler,
        types: [row.type],
        after,
        checkpoint,
        selection: { feeds: () => false, runs: (name) => name === handler, replay: writes.has(handler), inOrder: true },
      },
      conditions,
      (tx, upTo) => putRow(tx, 'progress', progressKey(context.config.name, handler), { ...row, upTo } satisfies ProgressRow),
    )
  }
}

/**
 * The rows of this code's copies.
 *
 * @throws {CopyNotServed} One is served in the definition of other code.
 */
export async function assertServed(context: LaneContext, reader: LedgerReader): Promise<readonly CopyRow[]> {
  const { plan, host } = context
  const rows = await getRows(
    reader,
    'copies',
    plan.copies.map(({ name }) => name),
  )
  return plan.copies.map(({ name, digest }, i) => {
    const row = rows[i]
    if (row === undefined || row.definition !== digest) throw new CopyNotServed({ service: host.service.contract.name, copy: name })
    return row
  })
}

interface Stretch extends Pick<Pass, 'selection'> {
  /** Of the handler or copy. */
  readonly name: string
  readonly types: readonly string[]
  readonly after: Position
  readonly checkpoint: Position
}

async function passOver(
  context: LaneContext,
  lease: Lease,
  stretch: Stretch,
  { caution, status, signal }: MakeUpConditions,
  save: (tx: LedgerTransaction<unknown>, upTo: Position | null) => Promise<void>,
): Promise<void> {
  const { checkpoint } = stretch
  const advance = async (tx: LedgerTransaction<unknown>, event: StoredEvent): Promise<StepResult> => {
    await save(tx, event.position)
    return {}
  }
  const attemptsKey = progressKey(context.config.name, stretch.name)
  const pass: Pass = {
    selection: stretch.selection,
    attemptsKey,
    from: () => checkpoint,
    advance,
    began: ({ position }) => status.began(position),
    failed: (retry) => status.failed(retry),
    passed: () => status.settled(),
  }
  const retried = (await context.host.ledger.read((reader) => getRow(reader, 'attempts', attemptsKey)))?.position
  let at = stretch.after
  while (at < checkpoint) {
    const read = await context.log.read({ after: at, types: stretch.types, limit: context.config.batchSize, signal })
    await workOff(
      context,
      lease,
      read.events.filter(({ position }) => position <= checkpoint),
      pass,
      { ...caution, retried },
      signal,
    )
    at = read.upTo
    // Embedded databases answer within a turn of the event loop: lets requests and timers have theirs.
    await context.host.runtime.clock.sleep(0)
  }
  await laneStep(context, lease, checkpoint, async (tx) => {
    await save(tx, null)
    return {}
  })
}

/** Copies that this code does not have are fed no more: marks from where they would have to go on. */
async function closeCopies(context: LaneContext, lease: Lease, checkpoint: Position): Promise<void> {
  const names = new Set(context.plan.copies.map(({ name }) => name))
  const gone = (await context.host.ledger.read((reader) => scanRows(reader, 'copies', { limit: mostCopies }))).filter(
    ({ key, value }) => !names.has(key) && value.upTo === null,
  )
  if (gone.length === 0) return
  await laneStep(context, lease, checkpoint, async (tx) => {
    for (const { key } of gone) {
      const row = await getRow(tx, 'copies', key)
      if (row !== undefined) await putRow(tx, 'copies', key, { ...row, upTo: checkpoint })
    }
    return {}
  })
  for (const { key } of gone)
    context.host.runtime.logger.warn(
      `${context.config.name} has no copy ${key} any more; its rows stay. Should it come back, it goes on from position ${checkpoint}.`,
    )
}
