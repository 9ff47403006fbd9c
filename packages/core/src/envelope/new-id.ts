import { createHash } from 'node:crypto'
import type { Runtime } from '../ports/runtime.ts'

/** A new UUIDv7 (RFC 9562): 48 bits of time, then random. */
export function newId(runtime: Pick<Runtime, 'clock' | 'random'>): string {
  const bytes = runtime.random.bytes(16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const now = runtime.clock.now()
  view.setUint32(0, Math.floor(now / 65_536))
  view.setUint16(4, now % 65_536)
  return format(bytes, 7)
}

/** The same UUID (version 8, RFC 9562) again for the same seed: for a handler that runs again. */
export function derivedId(seed: string): string {
  return format(new Uint8Array(createHash('sha256').update(seed).digest().subarray(0, 16)), 8)
}

function format(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
