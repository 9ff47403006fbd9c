import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { decodeBase64url } from '../../encoding/base64url.ts'
import type { Secrets } from '../secrets.ts'

/** A refresh token taken apart. Its mark was seen to be ours, so it was given out once; whether it still counts is another question. */
export interface RefreshToken {
  readonly sessionId: string
  /** Its number in the family, from 0. */
  readonly generation: number
  readonly secret: Uint8Array
}

const prefix = 'tr1_'
const secretBytes = 32
const markBytes = 16
// Session id as 16 bytes, number as 4, secret, mark.
const wholeBytes = 16 + 4 + secretBytes + markBytes

/** The first refresh token of a session. */
export function firstRefreshToken(sessionId: string): RefreshToken {
  return { sessionId, generation: 0, secret: randomBytes(secretBytes) }
}

/**
 * The one that takes a token's place. It follows from the token and a secret that no database holds, so whoever shows the
 * token again gets the same one again although only its hash is kept.
 *
 * @param secret @default the newest
 */
export function nextRefreshToken(
  { sessionId, generation, secret }: RefreshToken,
  secrets: Secrets,
  key = secrets.successors[0],
): RefreshToken {
  if (key === undefined) throw new TypeError('There is a secret, or the service would not have started.')
  return { sessionId, generation: generation + 1, secret: createHmac('sha256', key).update(secret).digest() }
}

/** What is kept of a token. Its secret is random, so a plain hash cannot be guessed back. */
export function hashOf({ secret }: RefreshToken): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** The token as its holder has it: opaque text. */
export function writeRefreshToken(token: RefreshToken, secrets: Secrets): string {
  const body = bodyOf(token)
  const [key] = secrets.marks
  if (key === undefined) throw new TypeError('There is a secret, or the service would not have started.')
  return prefix + Buffer.concat([body, markOf(body, key)]).toString('base64url')
}

/** Undefined for whatever was not given out here. */
export function readRefreshToken(text: string, secrets: Secrets): RefreshToken | undefined {
  const bytes = text.startsWith(prefix) ? decodeBase64url(text.slice(prefix.length)) : undefined
  if (bytes?.length !== wholeBytes) return undefined
  const whole = Buffer.from(bytes)
  const body = whole.subarray(0, wholeBytes - markBytes)
  const mark = whole.subarray(wholeBytes - markBytes)
  // Without the mark anyone who has seen a session's id could pass off an invented token as a spent one, and end the session.
  if (!secrets.marks.some((key) => timingSafeEqual(markOf(body, key), mark))) return undefined
  const hex = body.subarray(0, 16).toString('hex')
  const sessionId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  return { sessionId, generation: body.readUInt32BE(16), secret: body.subarray(20) }
}

function bodyOf({ sessionId, generation, secret }: RefreshToken): Buffer {
  const number = Buffer.alloc(4)
  number.writeUInt32BE(generation)
  return Buffer.concat([Buffer.from(sessionId.replaceAll('-', ''), 'hex'), number, secret])
}

function markOf(body: Uint8Array, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, markBytes)
}
