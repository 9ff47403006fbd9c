import type { Comparison } from '../compare.ts'
import { bareCalls } from '../http/bare-call.ts'
import { caller, repeatedly } from '../http/caller.ts'
import { question, slowMs } from '../http/catalogue.ts'
import { served } from '../http/served.ts'
import { p99 } from './mongodb-latency.ts'

/** How long calls to a slow service take, many of them at once: 99 of 100 are answered by then. */
export function httpSlowCallee(inFlight: number, calls: number): Comparison {
  return {
    name: `HTTP calls to a service that takes ${slowMs} ms, ${inFlight.toLocaleString('en')} in flight, p99 (as 1 s / p99)`,
    against: 'p99 of bare undici',
    // 1.2 times as long at most.
    atLeast: 0.83,
    open: async () => {
      const server = await served()
      const service = await caller(server.ours)
      const bare = bareCalls(server.ours, 'slowOffers')
      const measured = async (once: () => Promise<unknown>): Promise<number> => {
        const took: number[] = []
        await repeatedly(calls, inFlight, async () => {
          const begun = performance.now()
          await once()
          took.push(performance.now() - begun)
        })
        return 1_000 / p99(took)
      }
      return {
        ours: async () => {
          let perSecond = Number.NaN
          await service.run(async (call) => {
            perSecond = await measured(() => call.slowOffers(question))
          })
          return perSecond
        },
        baseline: () => measured(bare.call),
        close: async () => {
          await bare.close()
          await service.stop()
          await server.stop()
        },
      }
    },
  }
}
