import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthenticationRequest } from '@tidings/core'

/** A request to Node's own server, as an authenticator sees it. */
export function ofNode(request: IncomingMessage, response: ServerResponse): AuthenticationRequest {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new DOMException('The client closed its connection before it was answered.', 'AbortError'))
  })
  return { header: (name) => request.headersDistinct[name] ?? [], signal: gone.signal }
}
