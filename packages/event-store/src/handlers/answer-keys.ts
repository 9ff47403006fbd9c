import { createHash } from 'node:crypto'
import { IdempotencyKeyReused, type Json, type LedgerReader, type LedgerTransaction } from '@tidings/core'
import { composeKey } from '../ledger/compose-key.ts'
import { type AnswerRow, getRow, putRow } from '../ledger/tables.ts'

/** How long an answer is kept for its idempotency key, in milliseconds. */
const answersKeptMs = 24 * 60 * 60 * 1_000

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
  const row: AnswerRow = { fingerprint: key.fingerprint, output, expiresAt: now + answersKeptMs }
  await putRow(tx, 'answers', key.row, row)
}

/** JSON with sorted keys, so that the order in which a client writes its fields does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}
