import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Gate, Link } from './proxied-link.ts'
import { type ProxyChance, type ProxyFault, ProxyPlan, type RequestTest } from './proxy-plan.ts'

/** What a proxy stands in front of. */
export interface TcpProxyOptions {
  readonly target: { readonly host?: string; readonly port: number }
  /** @default a free one */
  readonly port?: number
}

/**
 * Starts a proxy that lets everything through until told otherwise.
 *
 * A member of a MongoDB replica set must be addressed through it with `directConnection=true`: from the set's own list of
 * members the driver would learn the way round it.
 */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const server = createServer()
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return new TcpProxy(server, options.target)
}

/** A way between clients and a server on which things go wrong on command. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #target: TcpProxyOptions['target']
  readonly #plan = new ProxyPlan()
  readonly #sockets = new Set<Socket>()
  readonly #gate = new Gate()
  #closed: Promise<unknown> | undefined

  constructor(server: Server, target: TcpProxyOptions['target']) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy listens on no port.')
    this.port = address.port
    this.#server = server.on('connection', (client) => void this.#carry(client))
    this.#target = target
  }

  /**
   * The next request that is meant meets the fault. Resolves when it has, and never when {@link heal} came first: where an answer
   * is lost, withheld or late only when the server has given it, so that what was asked for is done, or can give none any more.
   */
  once(fault: ProxyFault, when: RequestTest = () => true): Promise<void> {
    return this.#plan.once(fault, when)
  }

  /** From now on requests meet faults by chance. */
  byChance(chance: ProxyChance): void {
    this.#plan.byChance(chance)
  }

  /** Cuts every connection there is. New ones are let through. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** From now on connections are accepted and kept, and nothing gets through, in either direction. */
  halfOpen(): void {
    this.#gate.close()
  }

  /** Lets everything through again, what was held up first. */
  heal(): void {
    this.#plan.clear()
    this.#gate.open()
  }

  /** Cuts every connection and lets go of the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await this.#closed
  }

  async #carry(client: Socket): Promise<void> {
    const server = connect({ host: this.#target.host ?? '127.0.0.1', port: this.#target.port, noDelay: true })
    const link = new Link(client.setNoDelay(true), server)
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.once('close', () => {
        this.#sockets.delete(socket)
        link.cut()
      })
      // It is closed then, and so is the other one.
      socket.on('error', () => {})
    }
    await Promise.all([this.#carryRequests(link), this.#carryAnswers(link)]).catch(() => link.cut())
  }

  async #carryRequests(link: Link): Promise<void> {
    for await (const request of link.client as AsyncIterable<Buffer>) {
      const { fault, happened = () => {} } = this.#plan.faultFor(request) ?? {}
      if (fault === 'lose-answer' || fault === 'withhold-answer') {
        link.onAnswer = fault === 'lose-answer' ? 'cut' : 'drop'
        link.answered = happened
      } else if (typeof fault === 'object' && 'answerDelayMs' in fault) {
        link.nextAnswerAfterMs = fault.answerDelayMs
        link.answered = happened
      } else {
        happened()
        if (fault === 'cut') return link.cut()
        if (fault !== undefined) await sleep(fault.delayMs, undefined, { signal: link.gone })
      }
      await this.#gate.passed(link.gone)
      await write(link.server, request, link.gone)
    }
    link.server.end()
  }

  async #carryAnswers(link: Link): Promise<void> {
    for await (const answer of link.server as AsyncIterable<Buffer>) {
      await this.#gate.passed(link.gone)
      if (link.onAnswer === 'cut') return link.cut()
      if (link.onAnswer === 'drop') {
        link.answered()
        continue
      }
      if (link.nextAnswerAfterMs > 0) {
        await sleep(link.nextAnswerAfterMs, undefined, { signal: link.gone })
        link.nextAnswerAfterMs = 0
        link.answered()
      }
      await write(link.client, answer, link.gone)
    }
    link.client.end()
  }
}

async function write(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain', { signal })
}
