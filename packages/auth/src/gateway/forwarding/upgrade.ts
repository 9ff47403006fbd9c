import { type IncomingMessage, STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { headerPairs } from '../headers/header-names.ts'
import { headersToClient } from '../headers/to-client.ts'
import type { Connections, Outgoing } from './connections.ts'
import type { CutOff } from './cut-off.ts'
import { refusalOf } from './refusal-of.ts'

/** A connection that a client wants to keep for a WebSocket. */
export interface Upgrading {
  readonly socket: Duplex
  /** What the client has sent already after its headers. */
  readonly head: Buffer
}

const lastWordsMs = 5_000
/** How long a connection may be silent before its other end is asked whether it is still there, in milliseconds. */
const keepAliveMs = 30_000

type Reply =
  | { readonly kind: 'upgraded'; readonly answer: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }
  | { readonly kind: 'declined'; readonly answer: IncomingMessage }

/**
 * Passes a WebSocket on: the handshake, and then every byte both ways, until one side ends or the principal is let in no
 * longer. A service that declines is heard out, and its answer passed back.
 *
 * @throws {Refused} Nothing of an answer was passed back, or the connection broke.
 */
export async function forwardUpgrade(
  { socket, head }: Upgrading,
  outgoing: Outgoing,
  connections: Connections,
  bounds: { readonly cutOff: CutOff; readonly answerBegun: () => void },
): Promise<void> {
  const reply = await handshake(outgoing, connections, bounds.cutOff)
  bounds.answerBegun()
  const far = reply.kind === 'upgraded' ? reply.socket : reply.answer
  const stopCutting = bounds.cutOff.onCut(() => {
    far.destroy()
    socket.destroy()
  })
  try {
    for (const end of [socket, far]) if (end instanceof Socket) end.setKeepAlive(true, keepAliveMs).setNoDelay(true)
    socket.write(headText(reply.answer, reply.kind === 'upgraded' ? 'Upgrade' : 'close'))
    if (reply.kind === 'declined') return await pipeline(reply.answer, socket)
    if (reply.head.length > 0) socket.write(reply.head)
    if (head.length > 0) reply.socket.write(head)
    const ways = [pipeline(socket, reply.socket), pipeline(reply.socket, socket)]
    await Promise.race(ways)
    // One side has ended. What the other still has to say gets a moment, and no more: nobody may be left half open.
    const moment = setTimeout(() => socket.destroy(), lastWordsMs)
    await Promise.all(ways).finally(() => clearTimeout(moment))
  } catch {
    // It ends as connections do: there is no one left to tell.
    far.destroy()
    socket.destroy()
  } finally {
    stopCutting()
  }
}

async function handshake(outgoing: Outgoing, connections: Connections, cutOff: CutOff): Promise<Reply> {
  const sent = connections.open(outgoing, false)
  const stopCutting = cutOff.onCut((reason) => sent.destroy(reason))
  try {
    return await new Promise<Reply>((resolve, reject) => {
      sent.once('upgrade', (answer, socket, head) => resolve({ kind: 'upgraded', answer, socket, head }))
      sent.once('response', (answer) => resolve({ kind: 'declined', answer }))
      sent.on('error', reject)
      sent.end()
    })
  } catch (cause) {
    throw cutOff.reason ?? refusalOf(cause, outgoing.service)
  } finally {
    stopCutting()
  }
}

/** The answer's status line and headers. A body ends with the connection, so that it needs no length. */
function headText(answer: IncomingMessage, connection: 'Upgrade' | 'close'): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${STATUS_CODES[answer.statusCode ?? 0] ?? ''}`, `Connection: ${connection}`]
  if (connection === 'Upgrade') lines.push('Upgrade: websocket')
  for (const [name, value] of headerPairs(headersToClient(answer, []))) {
    if (connection === 'Upgrade' || name.toLowerCase() !== 'content-length') lines.push(`${name}: ${value}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
