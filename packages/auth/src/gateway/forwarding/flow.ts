import { Transform } from 'node:stream'
import { Refused } from '../refusals/refused.ts'

export function bodyTooLarge(maxBytes: number): Refused {
  return new Refused(413, 'BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes. Send less at a time.`)
}

/** Lets a body pass up to so many bytes; what is over them ends it with {@link bodyTooLarge}. */
export function bodyLimit(maxBytes: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      if (bytes > maxBytes) done(bodyTooLarge(maxBytes))
      else done(null, chunk)
    },
  })
}

/** Lets everything pass, and fails when nothing passed for so long: either nothing came, or nobody took it. */
export function idleLimit(idleTimeoutMs: number): Transform {
  const flow = new Transform({
    transform(chunk: Buffer, _, done) {
      timer.refresh()
      done(null, chunk)
    },
  })
  const timer = setTimeout(() => flow.destroy(new Error(`Nothing moved for ${idleTimeoutMs} ms.`)), idleTimeoutMs)
  return flow.once('close', () => clearTimeout(timer))
}
