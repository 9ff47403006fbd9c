import type { Comparison } from '../compare.ts'
import { question } from '../http/catalogue.ts'
import { served } from '../http/served.ts'
import { LineProcess } from '../line-process.ts'

/** How many queries a service answers. Server and load have a process each; only one side is loaded at a time. */
export function httpQuery(connections: number, seconds: number): Comparison {
  return {
    name: 'HTTP query, validated both ways',
    against: 'the same handler on bare Fastify with the same zod schemas',
    atLeast: 0.95,
    open: async () => {
      const server = await served()
      const load = await LineProcess.start('http/load-process.ts')
      const perSecond = async (origin: string): Promise<number> => {
        const options = { url: `${origin}/offers`, body: JSON.stringify(question), connections, seconds }
        return Number(await load.ask(JSON.stringify(options)))
      }
      return {
        ours: () => perSecond(server.ours),
        baseline: () => perSecond(server.bare),
        close: async () => {
          await load.stop()
          await server.stop()
        },
      }
    },
  }
}
