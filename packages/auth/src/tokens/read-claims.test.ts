import { describe, expect, test } from 'vitest'
import { readClaims } from './read-claims.ts'
import { accessTokenType, type TokenRules } from './token-rules.ts'
import { checkHeader, expiryOf } from './verify-token.ts'

const nowS = 1_800_000_000
const rules: TokenRules = { issuer: 'auth', audience: 'shop', type: accessTokenType, maxLifetimeMs: 900_000, clockToleranceMs: 5_000 }
const good = {
  iss: 'auth',
  aud: 'shop',
  sub: 'u1',
  sid: 's1',
  jti: 't1',
  ver: 3,
  iat: nowS - 10,
  exp: nowS + 600,
  scope: 'orders:read orders:write',
}

const read = (json: string | Uint8Array): string => {
  try {
    readClaims(Buffer.from(json as string), rules, nowS * 1_000)
    return 'accepted'
  } catch (error) {
    const { code, claim } = error as { code?: string; claim?: string }
    return claim ?? code ?? `untyped: ${error}`
  }
}
const readWith = (change: object): string => read(JSON.stringify({ ...good, ...change }))

test('a token that says all that is asked is accepted, and what it says is told', () => {
  const claims = readClaims(Buffer.from(JSON.stringify({ ...good, roles: ['buyer'] })), rules, nowS * 1_000)
  expect(claims).toMatchObject({ subject: 'u1', sessionId: 's1', tokenId: 't1', version: 3, issuedAtMs: (nowS - 10) * 1_000 })
  expect([...claims.scopes]).toEqual(['orders:read', 'orders:write'])
  expect(claims.all.roles).toEqual(['buyer'])
})

test('a token without one of its claims is refused', () => {
  for (const claim of ['iss', 'aud', 'sub', 'sid', 'jti', 'ver', 'iat', 'exp']) {
    expect(readWith({ [claim]: undefined })).toBe(claim)
    expect(readWith({ [claim]: null })).toBe(claim)
  }
})

test('a claim of another type is refused', () => {
  for (const claim of ['sub', 'sid', 'jti']) {
    for (const value of ['', 7, true, ['u1'], { id: 'u1' }, 'x'.repeat(256), 'u\n1', 'u\u{202e}1', 'u\u{7f}1'])
      expect(readWith({ [claim]: value })).toBe(claim)
  }
  for (const ver of ['3', 3.5, -1, 2 ** 53, true, [3]]) expect(readWith({ ver })).toBe('ver')
  for (const scope of [7, ['orders:read'], 'orders:read  orders:write', ' orders:read', 'a"b', 'a\\b', 'ä'])
    expect(readWith({ scope })).toBe('scope')
  expect(readWith({ scope: '' })).toBe('accepted')
  expect(readWith({ scope: undefined })).toBe('accepted')
})

test('a date is whole seconds: no float, text, negative or infinite number', () => {
  for (const claim of ['iat', 'exp', 'nbf']) {
    for (const value of [nowS + 0.5, String(nowS), -1, 0, true, [nowS], {}, new Date(0), 2 ** 60])
      expect(readWith({ [claim]: value })).toBe(claim)
    expect(read(JSON.stringify({ ...good, [claim]: 7_777 }).replace('7777', '1e999'))).toBe(claim)
    expect(read(JSON.stringify({ ...good, [claim]: 7_777 }).replace('7777', '-1e999'))).toBe(claim)
  }
})

test('a token lives no longer than tokens may, and was not made in the future', () => {
  expect(readWith({ iat: nowS, exp: nowS + 900 })).toBe('accepted')
  expect(readWith({ iat: nowS, exp: nowS + 901 })).toBe('exp')
  expect(readWith({ iat: nowS, exp: nowS })).toBe('exp')
  expect(readWith({ iat: nowS, exp: nowS - 1 })).toBe('exp')
  expect(readWith({ iat: nowS + 5 })).toBe('accepted')
  expect(readWith({ iat: nowS + 6 })).toBe('iat')
  // In milliseconds, as some libraries write it: a date far from now.
  expect(readWith({ iat: nowS * 1_000, exp: nowS * 1_000 + 600 })).toBe('iat')
  expect(readWith({ nbf: nowS + 6 })).toBe('nbf')
  expect(readWith({ nbf: nowS })).toBe('accepted')
})

test('issuer and audience are exactly these: no stranger beside, no other spelling', () => {
  for (const iss of ['Auth', 'auth ', 'auth/', ['auth'], 'https://auth']) expect(readWith({ iss })).toBe('iss')
  for (const aud of ['Shop', 'shop ', 'sho', [], ['shop', 'other'], ['other', 'shop'], ['shop', 'shop'], [['shop']], { shop: 1 }]) {
    expect(readWith({ aud })).toBe('aud')
  }
  expect(readWith({ aud: ['shop'] })).toBe('accepted')
})

describe('a payload', () => {
  test('that is no JSON object is refused', () => {
    for (const json of [
      '',
      ' ',
      'foo',
      '[]',
      '"shop"',
      '1',
      'null',
      '{',
      '{"iss":"auth"',
      `${JSON.stringify(good)}x`,
      "{'iss':1}",
      '{"iss":"a",}',
    ]) {
      expect(read(json)).toBe('AUTH_TOKEN_MALFORMED')
    }
  })

  test('with a member given twice is refused, at any depth and in any spelling', () => {
    const json = JSON.stringify(good)
    for (const twice of [
      json.replace('"sub":"u1"', '"sub":"u1","sub":"admin"'),
      json.replace('"sub":"u1"', '"sub":"u1","sub":"u1"'),
      json.replace('"sub":"u1"', '"sub":"u1","\\u0073ub":"admin"'),
      json.replace('"sub":"u1"', '"sub":"u1","x":{"a":1,"a":1}'),
      json.replace('"sub":"u1"', '"sub":"u1","x":[{"a":{"b":1,"b":2}}]'),
    ]) {
      expect(read(twice)).toBe('AUTH_TOKEN_MALFORMED')
    }
    // Colons, quotation marks and braces inside of texts are no members.
    expect(readWith({ sub: 'a:b', x: '{"a":1,"a":1}', 'y\\"': ':', z: '\\', 'w:': '\\":' })).toBe('accepted')
  })

  test('with __proto__, NUL, a lone surrogate, a byte order mark or bytes that are no UTF-8 is refused', () => {
    const json = JSON.stringify(good)
    const withMember = (member: string): string => `${json.slice(0, -1)},${member}}`
    for (const odd of [
      withMember('"__proto__":{"admin":true}'),
      withMember('"x":{"__proto__":1}'),
      withMember('"\\u005f_proto__":1'),
      withMember('"x":"\\u0000"'),
      withMember('"\\u0000":1'),
      withMember('"x":["\\ud800"]'),
      withMember('"x":"\0"'),
      `\u{feff}${json}`,
      `${json}\u{feff}`,
    ]) {
      expect(read(odd)).toBe('AUTH_TOKEN_MALFORMED')
    }
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
      expect(read(Buffer.concat([Buffer.from(json.slice(0, -2)), Buffer.from(bytes), Buffer.from('"}')]))).toBe('AUTH_TOKEN_MALFORMED')
    }
    expect(read(Buffer.from(json, 'utf16le'))).toBe('AUTH_TOKEN_MALFORMED')
  })

  test('that is nested deeply is refused without being walked', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const json = JSON.stringify(good)
    expect(read(`${json.slice(0, -1)},"x":${nested(7)}}`)).toBe('accepted')
    for (const depth of [8, 100, 10_000]) {
      expect(read(`${json.slice(0, -1)},"x":${nested(depth)}}`)).toBe('AUTH_TOKEN_MALFORMED')
      expect(read('{"a":'.repeat(depth))).toBe('AUTH_TOKEN_MALFORMED')
    }
  })
})

test('a token of another kind, or that names no key, is refused', () => {
  const check = (header: object): string => {
    try {
      return checkHeader({ alg: 'ES256', ...header }, rules)
    } catch (error) {
      return (error as { claim: string }).claim
    }
  }
  expect(check({ kid: 'k1', typ: 'at+jwt' })).toBe('k1')
  for (const typ of [undefined, 'JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'txntoken+jwt', 'refresh+jwt'])
    expect(check({ kid: 'k1', typ })).toBe('typ')
  expect(check({ typ: 'at+jwt' })).toBe('kid')
})

test('a token is good until it has expired, and the error tells for how long it has', () => {
  const claims = readClaims(Buffer.from(JSON.stringify(good)), rules, nowS * 1_000)
  const check = (atMs: number): number | undefined => expiryOf(claims, 'k1', rules, atMs)?.expiredForMs
  expect(check(claims.expiresAtMs + 4_999)).toBeUndefined()
  expect(check(claims.expiresAtMs + 5_000)).toBe(5_000)
})
