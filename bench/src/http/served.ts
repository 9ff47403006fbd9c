import { LineProcess } from '../line-process.ts'

/** The catalogue in a process of its own, served by the library and by bare Fastify. */
export interface Served {
  readonly ours: string
  readonly bare: string
  stop(): Promise<void>
}

/** Starts it. */
export async function served(): Promise<Served> {
  const server = await LineProcess.start('http/server-process.ts')
  // It prints what is read here.
  const { ours, bare } = JSON.parse(await server.ask('where')) as { ours: string; bare: string }
  return { ours, bare, stop: () => server.stop() }
}
