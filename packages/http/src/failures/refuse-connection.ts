import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { problemOf } from './problem.ts'

/** Answers what is not a request that can be read, or came too slowly, and closes the connection. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  const { status, code, message } = refusalOf(error.code)
  const body = JSON.stringify(problemOf(status, { code, message }))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function refusalOf(code: string | undefined): { readonly status: number; readonly code: string; readonly message: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 431, code: 'HEADERS_TOO_LARGE', message: 'The headers are larger than this server takes.' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, code: 'REQUEST_TOO_SLOW', message: 'The request did not arrive in time. Send it again.' }
  return { status: 400, code: 'REQUEST_MALFORMED', message: 'This is not an HTTP request that can be read.' }
}
