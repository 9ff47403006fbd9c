import { type AnyOperation, answerRequest, type Logger, systemRuntime } from '@tidings/core'
import { type HttpServer, httpServer, type OpenApiOptions } from '../../src/index.ts'
import { answerShapes, shapes } from './shapes.ts'

/** A running server of the contract of all shapes, with what it warned of. */
export async function serveShapes(
  openapi?: OpenApiOptions | false,
): Promise<AsyncDisposable & { readonly url: string; readonly warned: readonly string[] }> {
  const warned: string[] = []
  const logger: Logger = { info: () => {}, warn: (message) => void warned.push(message), error: console.error }
  const server: HttpServer = httpServer({ port: 0, openapi, runtime: { ...systemRuntime, logger } })
  const operations: Record<string, AnyOperation> = shapes.operations
  await server.start({
    contracts: [shapes],
    readiness: () => ({ ready: true, reasons: [], notes: [] }),
    answer: async (request) => {
      const operation = operations[request.operation]
      if (operation === undefined) throw new Error(`There is no ${request.operation}.`)
      return await answerRequest(
        request,
        operation,
        async (input, encode) => await encode(await answerShapes(request.operation, input)),
        logger,
      )
    },
  })
  return { url: String(server.url), warned, [Symbol.asyncDispose]: () => server.stop() }
}
