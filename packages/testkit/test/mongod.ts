import { describe, inject, onTestFinished } from 'vitest'
import { type Mongod, type MongodOptions, startMongod } from '../src/faults/start-mongod.ts'
import { startTcpProxy, type TcpProxy } from '../src/faults/tcp-proxy.ts'

/** A suite that starts MongoDB servers; skipped where none is to be had, which the end of the run says. */
export const describeWithMongod = describe.skipIf(inject('mongodbUrl') === undefined)

/** A server of the test's own. */
export async function mongodForTest(options?: MongodOptions): Promise<Mongod> {
  const mongod = await startMongod(options)
  onTestFinished(() => mongod[Symbol.asyncDispose]())
  return mongod
}

/** A proxy before a server, and the URL that leads through it. */
export async function proxyForTest(mongod: Mongod): Promise<{ readonly proxy: TcpProxy; readonly url: string }> {
  const proxy = await startTcpProxy({ target: { port: mongod.port } })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  return { proxy, url: mongod.url.replace(`:${mongod.port}/`, `:${proxy.port}/`) }
}
