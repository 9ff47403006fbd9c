const alphabet = /^[A-Za-z0-9_-]*$/

/**
 * Whether a text is base64url as exactly one sequence of bytes is written: no padding, no white space, and no bits set
 * past the last byte, which decoders drop so that several texts stand for the same bytes.
 */
function isCanonicalBase64url(text: string): boolean {
  return alphabet.test(text) && endsCanonically(text, 0, text.length)
}

/** Whether a stretch of a text, which is known to be of the alphabet, ends as base64url ends. */
export function endsCanonically(text: string, start: number, end: number): boolean {
  const rest = (end - start) % 4
  if (rest === 0) return true
  const last = text.charCodeAt(end - 1)
  if (rest === 2) return last === 65 || last === 81 || last === 103 || last === 119 // A Q g w: four bits unused
  return rest === 3 && 'AEIMQUYcgkosw048'.includes(String.fromCharCode(last)) // two bits unused
}

/** The bytes of a canonical base64url text; undefined for any other text. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  return isCanonicalBase64url(text) ? Buffer.from(text, 'base64url') : undefined
}
