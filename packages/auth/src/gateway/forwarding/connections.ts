import { Agent, type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import type { Location } from './locate.ts'
import { ConnectTimedOut } from './refusal-of.ts'

/** One request to a service, ready to be sent. */
export interface Outgoing {
  readonly service: string
  readonly location: Location
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: readonly string[]
}

/** The connections to all services, kept and shared. */
export class Connections {
  readonly #plain: Agent
  readonly #tls: TlsAgent
  readonly #connectTimeoutMs: number

  constructor(options: { readonly perService: number; readonly connectTimeoutMs: number }) {
    const shared = { keepAlive: true, maxSockets: options.perService, maxFreeSockets: 256 }
    this.#plain = new Agent(shared)
    this.#tls = new TlsAgent(shared)
    this.#connectTimeoutMs = options.connectTimeoutMs
  }

  /** Begins a request, whose connection must stand in time. Without `isShared` it gets a connection of its own. */
  open({ location, method, path, headers }: Outgoing, isShared = true): ClientRequest {
    const isTls = location.url.protocol === 'https:'
    const options: RequestOptions = {
      agent: isShared ? (isTls ? this.#tls : this.#plain) : false,
      host: location.url.hostname.replace(/^\[|\]$/g, ''),
      port: location.url.port || (isTls ? 443 : 80),
      method,
      path: `${location.prefix}${path}`,
      headers,
      setHost: false,
    }
    const outgoing = isTls ? httpsRequest(options) : httpRequest(options)
    outgoing.once('socket', (socket) => {
      if (!socket.connecting) return
      const late = setTimeout(() => outgoing.destroy(new ConnectTimedOut()), this.#connectTimeoutMs)
      socket.once(isTls ? 'secureConnect' : 'connect', () => clearTimeout(late)).once('close', () => clearTimeout(late))
    })
    return outgoing
  }

  close(): void {
    this.#plain.destroy()
    this.#tls.destroy()
  }
}
