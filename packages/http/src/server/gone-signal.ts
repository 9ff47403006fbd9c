import type { FastifyReply } from 'fastify'
import { CallerGone } from './answer-within.ts'

/** Aborted when the client closes its connection before it has its answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  return whenGone(reply).signal
}

/** As {@link goneSignal}, for whoever has more reasons to abort it. */
export function whenGone(reply: FastifyReply): AbortController {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new CallerGone())
  })
  return gone
}
