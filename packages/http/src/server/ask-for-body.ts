import type { FastifyReply, FastifyRequest } from 'fastify'

/** Asks a client that waits for it to send its body, unless what is wrong with that body shows already. */
export function askForBody(bodyLimitBytes: number): (request: FastifyRequest, reply: FastifyReply, done: () => void) => void {
  return ({ headers }, reply, done) => {
    if (headers.expect !== undefined && isJson(headers['content-type']) && !(Number(headers['content-length']) > bodyLimitBytes)) {
      reply.raw.writeContinue()
    }
    done()
  }
}

function isJson(type: string | undefined): boolean {
  return type?.toLowerCase().startsWith('application/json') === true
}
