import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { BSON } from 'mongodb'
import type { TestContext } from 'vitest'

const headerBytes = 16
/** The driver's first greeting is a query of the old protocol; all that follow are messages. @see https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const operations = { reply: 1, query: 2004, message: 2013 } as const

/**
 * Answers every command with one greeting, as a server does that is none of ours: standing alone, too old, without a primary.
 * The server of the tests is a replica set from its start and plays none of them.
 *
 * @param greeting Given the server's own address.
 * @param test Where it is ended; of tests that run side by side each has to say which it is.
 * @returns The address, for a URL.
 */
export async function greetingServer(greeting: (address: string) => object, { onTestFinished }: TestContext): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let received: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      while (received.length >= headerBytes && received.length >= received.readInt32LE(0)) {
        socket.write(answerTo(received, { ...greeting(address), minWireVersion: 0, ok: 1 }))
        received = received.subarray(received.readInt32LE(0))
      }
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`
  return address
}

function answerTo(request: Buffer, document: object): Buffer {
  const isQuery = request.readInt32LE(12) === operations.query
  // A reply: flags, cursor, from where, one document. A message: flags, and a section of kind 0.
  const before = isQuery ? Buffer.from([...new Array(16).fill(0), 1, 0, 0, 0]) : Buffer.alloc(5)
  const body = Buffer.concat([before, BSON.serialize(document)])
  const header = Buffer.alloc(headerBytes)
  header.writeInt32LE(headerBytes + body.length, 0)
  header.writeInt32LE(request.readInt32LE(4), 8)
  header.writeInt32LE(isQuery ? operations.reply : operations.message, 12)
  return Buffer.concat([header, body])
}
