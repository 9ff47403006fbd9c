import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator } from '@tidings/core'
import type { SigningKeys } from './minting/signing-keys.ts'

/** Where services find the gateway's keys. */
const gatewayKeysPath = '/.well-known/gateway-jwks.json'

/** The paths that tell about the gateway itself. */
export const ownPaths: readonly string[] = Object.freeze(['/live', '/ready', gatewayKeysPath])

/** Answers a path of the gateway's own. @returns Whether it was one. */
export function answerOwnPath(
  request: IncomingMessage,
  response: ServerResponse,
  isStopping: boolean,
  authenticator: Authenticator,
  keys: SigningKeys['published'],
): boolean {
  const path = request.url?.split('?', 1)[0] ?? ''
  if ((request.method !== 'GET' && request.method !== 'HEAD') || !ownPaths.includes(path)) return false
  if (path === '/live') send(request, response, 200, { live: true })
  else if (path === gatewayKeysPath) send(request, response, 200, keys, { 'cache-control': 'public, max-age=60' })
  else {
    const { ready, reasons, notes } = authenticator.readiness()
    const now = isStopping ? { ready: false, reasons: [...reasons, 'the gateway is stopping'], notes } : { ready, reasons, notes }
    send(request, response, now.ready ? 200 : 503, now)
  }
  return true
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value)
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
