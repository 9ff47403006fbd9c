import { endsCanonically } from '../encoding/base64url.ts'
import { readStrictJson } from '../encoding/strict-json.ts'
import { TokenMalformed } from '../errors/token-errors.ts'
import { keyIdPattern } from '../keys/vetting/vet-key.ts'

/** The most bytes of a token. */
const maxBytes = 8_192
const mostKnown = 16

/** The header of a token: what is allowed to stand there, and nothing else. */
export interface TokenHeader {
  readonly alg: string
  readonly kid?: string
  readonly typ?: string
}

const shape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$/
const typePattern = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+/-]{0,126}$/

/**
 * Reads the header of a compact JWS of which there is exactly one spelling. Proves nothing yet of who wrote it.
 *
 * jose takes several spellings of one token (padding, white space, bits past the end), so they are refused before it is
 * asked.
 *
 * @param known Headers that were read before, by their text; few, for an issuer writes the same one again and again.
 * @throws {TokenMalformed}
 */
export function readEnvelope(token: unknown, known?: Map<string, TokenHeader>): TokenHeader {
  if (typeof token !== 'string') throw new TokenMalformed({ fault: 'it is no text' })
  if (token.length > maxBytes) throw new TokenMalformed({ fault: `it is longer than ${maxBytes} bytes` })
  if (!shape.test(token)) throw new TokenMalformed({ fault: 'it is not three parts in base64url with dots between' })
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.lastIndexOf('.')
  checkPart('header', token, 0, headerEnd)
  checkPart('payload', token, headerEnd + 1, payloadEnd)
  checkPart('signature', token, payloadEnd + 1, token.length)
  const text = token.slice(0, headerEnd)
  const header = known?.get(text) ?? readHeader(text)
  if (known !== undefined && known.size < mostKnown) known.set(text, header)
  return header
}

function checkPart(part: string, token: string, start: number, end: number): void {
  if (!endsCanonically(token, start, end)) throw new TokenMalformed({ fault: `its ${part} is not as base64url writes it` })
}

function readHeader(text: string): TokenHeader {
  const { value, fault } = readStrictJson(Buffer.from(text, 'base64url'))
  if (value === undefined) throw new TokenMalformed({ fault: `its header ${fault}` })
  const { alg, kid, typ, ...others } = value
  // The name of a member is the caller's text, and may be long.
  if (Object.keys(others).length > 0) throw new TokenMalformed({ fault: 'its header has other members than alg, kid and typ' })
  if (typeof alg !== 'string') throw new TokenMalformed({ fault: 'its header has no alg' })
  if (kid !== undefined && (typeof kid !== 'string' || !keyIdPattern.test(kid))) {
    throw new TokenMalformed({ fault: 'its kid is not 1 to 128 letters, digits and . _ @ = -' })
  }
  if (typ !== undefined && (typeof typ !== 'string' || !typePattern.test(typ)))
    throw new TokenMalformed({ fault: 'its typ is no media type' })
  return { alg, kid, typ }
}
