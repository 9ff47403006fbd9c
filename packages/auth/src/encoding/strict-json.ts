import { isAscii } from 'node:buffer'

/** The most levels of arrays and objects in a token's header or payload. */
const maxDepth = 8

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A JSON object as it was read, or what is wrong with the bytes. */
export type StrictJson =
  | { readonly value: Readonly<Record<string, unknown>>; readonly fault?: undefined }
  | { readonly fault: string; readonly value?: undefined }

/**
 * Reads a JSON object that every reader understands the same: valid UTF-8 without a byte order mark, no member given
 * twice, no `__proto__`, no NUL, and not nested deeper than 8 levels.
 */
export function readStrictJson(bytes: Uint8Array): StrictJson {
  let text: string
  try {
    text = isAscii(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') : utf8.decode(bytes)
  } catch {
    return { fault: 'is not UTF-8' }
  }
  // Before it is parsed: what follows walks the value level by level.
  const seen = survey(text)
  if (seen.depth > maxDepth) return { fault: `is nested deeper than ${maxDepth} levels` }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { fault: 'is not JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'is not a JSON object' }
  const fault = memberFault(value, seen.members, text)
  // A parsed JSON object has no other keys than text.
  return fault === undefined ? { value: value as Record<string, unknown> } : { fault }
}

interface Survey {
  readonly depth: number
  /** How many members all objects have together, repeated ones included. */
  readonly members: number
}

/** Counts what stands outside of texts. Of text that is no JSON the counts mean nothing, and nothing is made of them. */
function survey(text: string): Survey {
  let depth = 0
  let deepest = 0
  let members = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfText(text, at)
        break
      case 0x3a: // :
        members++
        break
      case 0x7b: // {
      case 0x5b: // [
        deepest = Math.max(deepest, ++depth)
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
    }
  }
  return { depth: deepest, members }
}

/** Where the quotation mark is that ends a text. */
function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === 0x5c) escapes++
    if (escapes % 2 === 0) return at
  }
  return text.length
}

function memberFault(value: object, members: number, text: string): string | undefined {
  // Without a backslash every text stands there as it is: what is UTF-8 and JSON has neither NUL nor a lone surrogate.
  const fault = text.includes('\\') || text.includes('__proto__') ? textFault(value) : undefined
  // JSON.parse keeps one of several members with the same name, so that fewer are left than were written.
  return fault ?? (countMembers(value) === members ? undefined : 'gives a member twice')
}

function countMembers(value: object): number {
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  let count = Array.isArray(value) ? 0 : items.length
  for (const item of items) if (typeof item === 'object' && item !== null) count += countMembers(item)
  return count
}

function textFault(value: unknown): string | undefined {
  if (typeof value === 'string') return isPlainText(value) ? undefined : 'has a text with NUL or a lone surrogate'
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return 'has a member __proto__'
    const fault = isPlainText(key) ? textFault(item) : 'has a name that is no plain text'
    if (fault !== undefined) return fault
  }
  return undefined
}

function isPlainText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
