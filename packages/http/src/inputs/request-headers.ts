import type { IncomingHttpHeaders } from 'node:http'
import { type Fault, keyFault } from '@tidings/core'
import { BadRequest } from '../failures/bad-request.ts'

/** What the headers of a request say about it. */
export interface RequestFacts {
  readonly idempotencyKey?: string
  readonly timeoutMs?: number
  readonly correlationId?: string
  readonly causationId?: string
}

/**
 * Reads the headers of the internal form. Its texts are percent-encoded, for headers carry ASCII only.
 *
 * Nothing here says who is calling: until callers are authenticated no header is believed about that.
 *
 * @throws {BadRequest} Status 400, every header that cannot be read.
 */
export function internalFacts(headers: IncomingHttpHeaders): RequestFacts {
  const faults: Fault[] = []
  const facts = {
    idempotencyKey: text(headers, 'idempotency-key', decoded, faults),
    timeoutMs: milliseconds(headers, faults),
    correlationId: text(headers, 'tidings-correlation-id', decoded, faults),
    causationId: text(headers, 'tidings-causation-id', decoded, faults),
  }
  refuse(faults)
  return facts
}

/** Reads the headers that a public client may send, or the gateway before it. @throws {BadRequest} Status 400, every header that cannot be read. */
export function publicFacts(headers: IncomingHttpHeaders, kind: 'query' | 'command'): RequestFacts {
  const faults: Fault[] = []
  const idempotencyKey = kind === 'command' ? text(headers, 'idempotency-key', (value) => value, faults) : undefined
  const timeoutMs = headers['tidings-form'] === 'public' ? milliseconds(headers, faults) : undefined
  refuse(faults)
  return { idempotencyKey, timeoutMs }
}

function text(
  headers: IncomingHttpHeaders,
  name: string,
  decode: (value: string) => string | undefined,
  faults: Fault[],
): string | undefined {
  const value = headers[name]
  if (value === undefined) return undefined
  const decodedText = typeof value === 'string' ? decode(value) : undefined
  const fault = decodedText === undefined ? 'is not percent-encoded text' : keyFault(decodedText)
  if (fault !== undefined) faults.push({ path: `header ${name}`, message: fault })
  return decodedText
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

function milliseconds(headers: IncomingHttpHeaders, faults: Fault[]): number | undefined {
  const value = headers['tidings-timeout-ms']
  if (value === undefined) return undefined
  // None left is no fault: it is told like every other request that comes too late.
  if (typeof value === 'string' && /^(0|[1-9][0-9]{0,9})$/.test(value)) return Number(value)
  faults.push({ path: 'header tidings-timeout-ms', message: 'is not a whole number from 0' })
  return undefined
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return
  const listed = faults.map((fault) => `The ${fault.path} ${fault.message}.`).join(' ')
  throw new BadRequest({ code: 'CONTRACT_VIOLATION', status: 400, message: `${listed} Nothing was done; correct it and repeat.`, faults })
}
