import { createHash } from 'node:crypto'
import { IdempotencyKeyReused, type Json, type LedgerReader, type LedgerTransaction, type Random } from '@tidings/core'
import { composeKey } from '../ledger/compose-key.ts'
import { type AnswerRow, getRow, getRows, putRow, scanRows } from '../ledger/tables.ts'

/** How long an answer is kept for its idempotency key, in milliseconds. */
const answersKeptMs = 24 * 60 * 60 * 1_000
/** How many of the commands that keep an answer clear expired ones away … */
const clearingShare = 1 / 8
/** … and how many each of them at most. */
const mostCleared = 64

/** An idempotency key as the ledger knows it: scoped by operation and caller. */
export interface AnswerKey {
  readonly service: string
  readonly operation: string
  readonly row: string
  /** Digest of the input. */
  readonly fingerprint: string
}

/** Scopes the key and takes the input's fingerprint. */
export function answerKey(service: string, operation: string, principal: string, key: string, input: unknown): AnswerKey {
  return {
    service,
    operation,
    row: composeKey(operation, principal, key),
    fingerprint: createHash('sha256').update(canonical(input)).digest('base64url'),
  }
}

/**
 * The answer kept for the key; undefined when there is none, or it has expired.
 *
 * @throws {IdempotencyKeyReused} The key was answered for another input.
 */
export async function keptAnswer(reader: LedgerReader, key: AnswerKey, now: number): Promise<{ readonly output: Json } | undefined> {
  const row = await getRow(reader, 'answers', key.row)
  if (row === undefined || row.expiresAt <= now) return undefined
  if (row.fingerprint !== key.fingerprint) throw new IdempotencyKeyReused(key)
  return { output: row.output }
}

/** Keeps the answer in the handler's transaction. */
export async function keepAnswer(tx: LedgerTransaction<unknown>, key: AnswerKey, output: Json, now: number): Promise<void> {
  const row: AnswerRow = { fingerprint: key.fingerprint, output, expiresAt: Math.ceil(now) + answersKeptMs }
  await putRow(tx, 'answers', key.row, row)
  await putRow(tx, 'answer_expiries', composeKey(row.expiresAt, key.row), { answer: key.row })
}

/**
 * Removes some of the answers that have expired, now and then: whoever keeps one clears away more than one, so their number
 * stays that of a day without a job of its own. Not each time, for two commands at once would always meet on the same rows,
 * and where transactions run side by side one of them would have to run again.
 */
export async function clearExpired(tx: LedgerTransaction<unknown>, random: Random, now: number): Promise<void> {
  if (random.next() >= clearingShare) return
  const due = await scanRows(tx, 'answer_expiries', { before: composeKey(Math.floor(now)), limit: mostCleared })
  if (due.length === 0) return
  const answers = due.map(({ value }) => value.answer)
  const rows = await getRows(tx, 'answers', answers)
  // A key that was answered again after its answer had expired has a later time in its row, and a row of its own here.
  const expired = answers.filter((_, i) => (rows[i]?.expiresAt ?? Number.POSITIVE_INFINITY) <= now)
  if (expired.length > 0) await tx.remove('answers', expired)
  await tx.remove(
    'answer_expiries',
    due.map(({ key }) => key),
  )
}

/** JSON with sorted keys, so that the order in which a client writes its fields does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}
