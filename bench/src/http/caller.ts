import { type Client, defineContract, defineService } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { memoryEventLog } from '@tidings/event-store/memory'
import { httpClient } from '@tidings/http'
import { silentRuntime } from '../silent-runtime.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'
import { catalogue } from './catalogue.ts'

/** A service that calls the catalogue, as its handlers do: through policy, validation and traces. */
export interface Caller {
  /** Runs the work with the calls of one handler. */
  run(work: (call: Client<typeof catalogue>) => Promise<void>): Promise<void>
  stop(): Promise<void>
}

/** Starts it. @param url Where the catalogue is. */
export async function caller(url: string): Promise<Caller> {
  const directory = new TemporaryDirectory()
  const service = defineService(defineContract('callers', {}), { uses: { catalogue } }).implement({})
  const system = createSystem({
    services: [service],
    eventStore: memoryEventLog(),
    directory: directory.file('callers'),
    client: httpClient({ locate: { catalogue: url } }),
    runtime: silentRuntime,
  })
  await system.start()
  return {
    run: (work) => system.in('callers', async (ctx) => await work(ctx.call.catalogue)),
    stop: async () => {
      await system.stop()
      directory.remove()
    },
  }
}

/** Does the same thing many times, some of them at once. */
export async function repeatedly(times: number, atOnce: number, once: () => Promise<unknown>): Promise<void> {
  let left = times
  const worker = async (): Promise<void> => {
    while (left-- > 0) await once()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
