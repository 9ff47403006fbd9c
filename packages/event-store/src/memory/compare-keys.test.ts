import { expect, test } from 'vitest'
import { compareKeys } from './compare-keys.ts'

test('keys compare as the bytes of their UTF-8 do', () => {
  const parts = [
    '',
    '\0',
    '\u001f',
    ' ',
    '0',
    'A',
    'a',
    'z',
    '\u007f',
    '\u0080',
    'é',
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{10ffff}',
  ]
  const keys = parts.flatMap((first) => parts.map((second) => first + second))
  for (const a of keys) for (const b of keys) expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
})
