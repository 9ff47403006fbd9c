import { systemRuntime } from '@tidings/core'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import type { MongoClient } from 'mongodb'
import { anEvent } from '../../conformance/log/an-event.ts'
import { clearFailPoint, setFailPoint } from '../../faults/fail-point.ts'
import type { Mongod } from '../../faults/start-mongod.ts'
import { startTcpProxy } from '../../faults/tcp-proxy.ts'

const historyLost = 286
const database = 'bell'
const boundMs = 30_000
/** So seldom does a log look for news by itself here that only its change stream can tell. */
const pollMs = 3_600_000

/**
 * Listens to a log while the server forgets where the listener's change stream stood: that one must hear what is appended
 * afterwards. A proxy plays the forgetful server: whoever asks to go on from an old token is cut off for good.
 *
 * @returns What does not hold.
 */
export async function hearsAgain(mongod: Mongod, client: MongoClient): Promise<readonly string[]> {
  await using proxy = await startTcpProxy({ target: { port: mongod.port } })
  const writer = mongodbEventLog({ url: mongod.url, database })
  let opened = 0
  let rings = 0
  const listener = mongodbEventLog({
    url: mongod.url.replace(`:${mongod.port}/`, `:${proxy.port}/`),
    database,
    pollMs,
    // That a stream ended is no news here.
    runtime: { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } },
    onCommand: ({ command }) => {
      if (command.pipeline?.[0]?.$changeStream !== undefined) opened++
    },
  })
  try {
    await writer.append([anEvent()])
    using _bell = listener.onAdvance(() => rings++)
    const isRungBy = async (): Promise<boolean> => {
      const before = rings
      await writer.append([anEvent()])
      return within(boundMs, () => rings > before)
    }
    if (!(await isRungBy())) return ['I16 a listener did not hear an append']
    proxy.byChance({
      seed: 1,
      probability: 1,
      faults: ['cut'],
      when: (request) => ['resumeAfter', 'startAfter', 'startAtOperationTime'].some((option) => request.includes(option)),
    })
    // Until it has met this listener: the processes of the round have change streams too.
    await setFailPoint(client, { commands: ['getMore'], times: 'alwaysOn', errorCode: historyLost })
    const before = opened
    // The stream waits at the server: with this it asks for more, and meets the fail point.
    await writer.append([anEvent()])
    if (!(await within(boundMs, () => opened > before))) return ['I16 a listener whose change stream ended opened no other']
    await clearFailPoint(client)
    return (await isRungBy()) ? [] : ['I16 a listener heard nothing any more once the history of its change stream was lost']
  } finally {
    await clearFailPoint(client)
    await Promise.all([listener.close(), writer.close()])
  }
}

async function within(ms: number, isMet: () => boolean): Promise<boolean> {
  const { clock } = systemRuntime
  for (const startedAt = clock.monotonic(); !isMet(); await clock.sleep(20)) if (clock.monotonic() - startedAt > ms) return false
  return true
}
