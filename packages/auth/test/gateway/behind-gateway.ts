import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { type GatewayOptions, gateway } from '../../src/gateway.ts'
import { knownTokens } from './known-tokens.ts'

/** What a service behind the gateway got. */
export interface Received {
  readonly method: string
  readonly url: string
  /** As sent: name, value, name, value. */
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A service that keeps what it gets, or does what it is told, and the gateway before it. */
export async function behindGateway(options: Partial<GatewayOptions> = {}, handler?: Handler) {
  const received: Received[] = []
  const echo: Handler = (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', rawHeaders, rawTrailers } = request
      received.push({ method, url, rawHeaders, body: Buffer.concat(parts).toString(), trailers: rawTrailers })
      response.setHeader('content-type', 'application/json').end('{"ok":true}')
    })
  }
  const service = createServer(handler ?? echo)
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => closeServer(service))
  const tokens = knownTokens('orders:read')
  const door = gateway({
    port: 0,
    routes: [
      { service: 'orders', prefix: '/orders', access: 'authenticated' },
      { service: 'orders', prefix: '/orders/all', access: { scopes: ['orders:all'] } },
      { service: 'orders', prefix: '/orders/mine', access: { scopes: ['orders:read'] } },
      { service: 'orders', prefix: '/public', access: 'public', timeoutMs: 10_000 },
    ],
    locate: { orders: urlOf(service) },
    authenticator: tokens.authenticator,
    ...options,
  })
  await door.start()
  onTestFinished(() => door.stop())
  const url = door.url ?? ''
  return { service, received, tokens, door, url, port: Number(new URL(url).port) }
}

export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** Sends bytes as they are, and answers what came back until the connection was closed: by the gateway where it was told to. */
export function sendRaw(port: number, ...lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(lines.join('\r\n'), 'latin1')
    const isClosed = lines.some((line) => /^connection: close/i.test(line))
    const socket = connect(port, '127.0.0.1', () => (isClosed ? socket.write(bytes) : socket.end(bytes)))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => {
      text += part
    })
    socket.on('close', () => resolve(text))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(text) : reject(error),
    )
  })
}

/** The values of a header, in order, its name taken exactly. */
export function sentAs(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}
