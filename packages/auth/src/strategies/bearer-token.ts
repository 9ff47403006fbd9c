import type { AuthenticationRequest } from '@tidings/core'
import { CredentialMalformed } from '../errors/decision-errors.ts'

const pattern = /^Bearer +(\S+)$/i

/**
 * The token of a request's `Authorization` header, the only place where one is looked for; undefined where there is none.
 *
 * @throws {CredentialMalformed} Two headers, of which two readers could choose two, or something else than a token.
 */
export function bearerToken(request: AuthenticationRequest): string | undefined {
  const values = request.header('authorization')
  const [value] = values
  if (value === undefined) return undefined
  if (values.length > 1) throw new CredentialMalformed({ fault: 'there is more than one Authorization header' })
  const token = pattern.exec(value)?.[1]
  if (token === undefined) throw new CredentialMalformed({ fault: 'its Authorization header holds no bearer token' })
  return token
}
