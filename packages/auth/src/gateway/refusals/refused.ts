import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Why a request is not passed on, or its answer not passed back, in the form that clients read (RFC 9457). */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.status = status
    this.code = code
    this.headers = options.headers ?? {}
  }
}

/** Nothing was done, and the client may come back. */
export function unavailable(
  message: string,
  options: { readonly retryAfterMs?: number; readonly code?: string; readonly cause?: unknown } = {},
): Refused {
  const seconds = Math.max(1, Math.ceil((options.retryAfterMs ?? 1_000) / 1_000))
  return new Refused(503, options.code ?? 'SERVICE_UNAVAILABLE', message, {
    headers: { 'retry-after': String(seconds) },
    cause: options.cause,
  })
}

/** Answers with a problem, or breaks the connection off where an answer has begun. */
export function sendRefusal(request: IncomingMessage, response: ServerResponse, refused: Refused, close: boolean): void {
  if (response.headersSent || response.destroyed) {
    // The client must not take what it has for the whole.
    response.destroy()
    return
  }
  const body = problemText(refused)
  response.writeHead(refused.status, {
    ...refused.headers,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...(close ? { connection: 'close' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** The same on a bare connection: in place of an upgrade, or of an answer to what is no request. */
export function endWithRefusal(socket: Duplex, refused: Refused): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = problemText(refused)
  const headers = Object.entries({
    ...refused.headers,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}\r\n${headers.join('')}\r\n${body}`, () => socket.destroy())
}

function problemText({ status, code, message }: Refused): string {
  const type = `urn:tidings:${code.toLowerCase().replaceAll('_', '-')}`
  return JSON.stringify({ type, title: STATUS_CODES[status] ?? 'Error', status, detail: message, code })
}
