import type { AuthenticationRequest } from '@tidings/core'
import type { Decision, Denial } from './decide.ts'

/** A request of the fetch standard, as an authenticator sees it. It joins a header that was sent twice, which then is no token. */
export function ofFetch({ headers, signal }: Request): AuthenticationRequest {
  return {
    header: (name) => {
      const value = headers.get(name)
      return value === null ? [] : [value]
    },
    signal,
  }
}

export function deniedResponse({ status, headers, body }: Denial): Response {
  return new Response(body, { status, headers: { ...headers } })
}

/** The answer with the headers that belong to a decision; the same one where there are none. */
export function withHeaders(response: Response, added: Extract<Decision, { denial?: undefined }>['headers']): Response {
  const more = Object.entries(added)
  if (more.length === 0) return response
  // An answer that was fetched has headers that cannot be changed.
  const changed = new Response(response.body, response)
  for (const [name, value] of more) changed.headers.set(name, value)
  return changed
}
