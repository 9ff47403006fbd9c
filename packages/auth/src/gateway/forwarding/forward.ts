import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { headersToClient } from '../headers/to-client.ts'
import { Refused } from '../refusals/refused.ts'
import type { Connections, Outgoing } from './connections.ts'
import type { CutOff } from './cut-off.ts'
import { bodyLimit, idleLimit } from './flow.ts'
import { mayRepeat, refusalOf } from './refusal-of.ts'

/** What bounds one request on its way. */
export interface Bounds {
  readonly cutOff: CutOff
  /** Called when the answer has begun. */
  readonly answerBegun: () => void
  readonly bodyLimitBytes: number
  /** How long neither side may send or take anything once the answer has begun, in milliseconds. */
  readonly idleTimeoutMs: number
}

/**
 * Passes a request on and its answer back, piece by piece: neither is held as a whole, and who reads slowly slows the
 * other side down. Resolves when the answer has ended.
 *
 * @param body Undefined where none follows the headers.
 * @param added What the gateway adds to the answer's headers; asked when the answer begins.
 * @throws {Refused} The answer was not passed back, or broke off on the way.
 */
export async function forward(
  body: IncomingMessage | undefined,
  response: ServerResponse,
  outgoing: Outgoing,
  connections: Connections,
  bounds: Bounds,
  added: () => readonly string[],
): Promise<void> {
  const answer = await ask(body, outgoing, connections, bounds)
  bounds.answerBegun()
  const stopCutting = bounds.cutOff.onCut((reason) => answer.destroy(reason))
  try {
    writeHead(response, answer, outgoing.service, added())
    await pipeline(answer, idleLimit(bounds.idleTimeoutMs), response)
  } catch (cause) {
    answer.destroy()
    throw bounds.cutOff.reason ?? refusalOf(cause, outgoing.service)
  } finally {
    stopCutting()
  }
}

function writeHead(response: ServerResponse, answer: IncomingMessage, service: string, added: readonly string[]): void {
  try {
    response.writeHead(answer.statusCode ?? 0, headersToClient(answer, added))
    // For a client that waits for the first byte, such as one that listens for events.
    response.flushHeaders()
  } catch (cause) {
    throw new Refused(502, 'ANSWER_BROKEN', `${service} answered a status or headers that cannot be passed on.`, { cause })
  }
}

async function ask(body: Readable | undefined, outgoing: Outgoing, connections: Connections, bounds: Bounds): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    const sent = connections.open(outgoing)
    try {
      return await answerTo(sent, body, bounds)
    } catch (cause) {
      if (bounds.cutOff.reason !== undefined) throw bounds.cutOff.reason
      if (attempt > 1 || body !== undefined || !mayRepeat(sent, cause)) throw refusalOf(cause, outgoing.service)
    }
  }
}

function answerTo(sent: ClientRequest, body: Readable | undefined, { cutOff, bodyLimitBytes }: Bounds): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const stopCutting = cutOff.onCut((reason) => sent.destroy(reason))
    sent.once('response', resolve)
    // Also after the answer has begun, when it tells nothing new: the answer itself breaks then.
    sent.on('error', reject)
    sent.once('close', () => {
      stopCutting()
      if (body === undefined) return
      // What the service did not want is read and dropped, so that the client comes to read its answer.
      body.unpipe()
      body.resume()
    })
    if (body === undefined) {
      sent.end()
      return
    }
    // Not as one pipeline: it would close the client's connection when the service fails, and leave no way to answer.
    pipeline(body.pipe(bodyLimit(bodyLimitBytes)), sent).catch((cause: unknown) => {
      reject(cause)
      sent.destroy()
    })
  })
}
