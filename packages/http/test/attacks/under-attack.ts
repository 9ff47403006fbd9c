import { connect, type Socket } from 'node:net'
import type { OperationRequest } from '@tidings/core'
import { expect } from 'vitest'
import { type HttpServerOptions, httpServer } from '../../src/index.ts'
import { servedShop } from '../served-shop.ts'

/** A real server that is about to be treated badly. */
export interface Victim extends AsyncDisposable {
  readonly url: string
  /** What reached the system behind it. */
  readonly asked: readonly OperationRequest[]
  /** Opens a connection, which the test destroys at its end. */
  open(): Connection
  /** Holds that a well-behaved request is still answered. */
  serves(): Promise<void>
}

/** A bare connection, and what came back on it. */
export interface Connection {
  readonly socket: Socket
  readonly text: string
  /** The statuses of all answers so far. */
  readonly statuses: readonly number[]
  /** Resolves when the other side has closed it. */
  readonly closed: Promise<void>
  /** Writes bytes, each character one of them. */
  write(bytes: string): void
}

/** Short enough to wait for; what a server does when time is over is the same after any time. */
const shortly = Object.freeze({ headersTimeoutMs: 300, requestTimeoutMs: 600, sendTimeoutMs: 600, keepAliveTimeoutMs: 60_000 })

/** Starts a server whose time limits are short. */
export async function victim(options: Partial<HttpServerOptions> = {}): Promise<Victim> {
  const shop = servedShop()
  const server = httpServer({ port: 0, ...shortly, ...options })
  await server.start(shop.system)
  const url = server.url ?? expect.fail('it does not listen')
  const open: Socket[] = []
  return {
    url,
    asked: shop.asked,
    open() {
      const connection = openTo(url)
      open.push(connection.socket)
      return connection
    },
    async serves() {
      const response = await fetch(`${url}/orders`, { method: 'POST', body: order, headers: { 'content-type': 'application/json' } })
      expect(response.status).toBe(201)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await server.stop()
    },
  }
}

/** An order that is taken. */
export const order = '{"customerId":"c1","totalCents":5}'

/** The beginning of a request that says that its body is JSON. */
export function head(line: string, ...headers: readonly string[]): string {
  return [`${line} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', ...headers].join('\r\n')
}

/** A whole request with a body. */
export function request(line: string, body: string, ...headers: readonly string[]): string {
  return `${head(line, ...headers, `Content-Length: ${Buffer.byteLength(body)}`)}\r\n\r\n${body}`
}

function openTo(url: string): Connection {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => (text += chunk))
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()).on('error', () => resolve()))
  return {
    socket,
    closed,
    get text() {
      return text
    },
    get statuses() {
      return [...text.matchAll(/HTTP\/1\.1 ([0-9]{3})/g)].map(([, status]) => Number(status))
    },
    write: (bytes) => void socket.write(Buffer.from(bytes, 'latin1')),
  }
}
