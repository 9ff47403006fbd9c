import { appendPath } from '@tidings/core'
import { malformedBody } from '../failures/bad-request.ts'

/**
 * Parses a body as JSON without losing anything in silence: bytes that are no UTF-8 and keys that come twice are refused,
 * which `JSON.parse` would replace and drop.
 *
 * A `__proto__` key becomes a property like any other, which the check of the input refuses with its path.
 *
 * @throws {BadRequest} Status 400: says what is wrong, and where.
 */
export function parseJson(body: Uint8Array): unknown {
  const text = decode(body)
  if (text.trim() === '') throw malformedBody('is empty')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformedBody('is not JSON')
  }
  if (membersWritten(text) !== membersKept(value)) throw malformedBody('has a key that comes twice', repeatedKey(text))
  return value
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw malformedBody('is not UTF-8')
  }
}

/** In JSON each member of an object has one colon outside of strings. */
function membersWritten(text: string): number {
  let colons = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === 92) i++
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 58) colons++
  }
  return colons
}

/** Counts without recursion: what was parsed may be nested as deep as it likes. */
function membersKept(value: unknown): number {
  let members = 0
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next !== 'object' || next === null) continue
    const inner: unknown[] = Object.values(next)
    if (!Array.isArray(next)) members += inner.length
    for (const item of inner) if (typeof item === 'object') open.push(item)
  }
  return members
}

/** The path of the first key that comes twice in one object of a text known to be JSON. */
function repeatedKey(text: string): string {
  const open: { readonly path: string; readonly keys: Set<string> | undefined; step: string | number }[] = []
  for (let i = 0; i < text.length; i++) {
    const top = open.at(-1)
    const char = text[i]
    if (char === '{' || char === '[') {
      const path = top === undefined ? '' : appendPath(top.path, top.step)
      open.push({ path, keys: char === '{' ? new Set() : undefined, step: 0 })
    } else if (char === '}' || char === ']') open.pop()
    else if (char === ',' && top !== undefined && typeof top.step === 'number') top.step++
    else if (char === '"') {
      const end = endOfString(text, i)
      if (top?.keys !== undefined && isKey(text, end)) {
        const key = JSON.parse(text.slice(i, end)) as string
        if (top.keys.has(key)) return appendPath(top.path, key)
        top.keys.add(key)
        top.step = key
      }
      i = end - 1
    }
  }
  return ''
}

function isKey(text: string, end: number): boolean {
  let i = end
  while (/\s/.test(text[i] ?? '')) i++
  return text[i] === ':'
}

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i + 1
}
