import type { IncomingMessage } from 'node:http'

/** The name under which a request keeps its exchange. */
export const exchangeKey = 'exchange'

/** One request on its way through the server. */
export interface Exchange {
  readonly request: IncomingMessage
  /** When its headers were there, on the clock that never jumps. */
  readonly arrivedAt: number
  /** The bytes of its body that may still be on the way. */
  readonly announcedBytes: number
  /** 1 for the first request on its connection. */
  ordinal: number
  stage: 'arriving' | 'working' | 'sending' | 'over'
  /** When its answer was there, on the same clock. */
  answeredAt: number
  /** Called when its answer is with the client to the last byte, or nobody wants it any more. */
  onOver?: () => void
}

/** An exchange that begins with this request. */
export function exchangeOf(request: IncomingMessage, arrivedAt: number, bodyLimitBytes: number): Exchange {
  const announcedBytes = announced(request, bodyLimitBytes)
  return { request, arrivedAt, announcedBytes, ordinal: 1, stage: announcedBytes === 0 ? 'working' : 'arriving', answeredAt: 0 }
}

/** More than the limit is refused anyway, and a body that does not say its length may have as much. */
function announced({ headers }: IncomingMessage, bodyLimitBytes: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimitBytes
  const length = headers['content-length']
  return length === undefined ? 0 : Math.min(Number(length), bodyLimitBytes)
}
