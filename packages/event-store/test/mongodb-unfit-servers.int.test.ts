import { StoreUnavailable, StoreUnsuitable } from '@tidings/core'
import { describe, expect, type TestContext, test } from 'vitest'
import { MongoConnection } from '../src/mongodb/connection/mongo-connection.ts'
import { greetingServer } from './greeting-server.ts'
import { ManualClock } from './manual-clock.ts'
import { recordingRuntime } from './notes.ts'

const primary = { isWritablePrimary: true, maxWireVersion: 21 }
const uninitiated = { isWritablePrimary: false, isreplicaset: true, maxWireVersion: 21 }

const setOf = (address: string) => ({ setName: 'rs0', hosts: [address], me: address, maxWireVersion: 21 })

interface Outcome {
  readonly error: unknown
  readonly lines: readonly string[]
}

/** What a user is told who starts with such a server: where it is waited for, in a line first and then at the limit. */
async function start(context: TestContext, greeting: (address: string) => object, options = ''): Promise<Outcome> {
  const clock = new ManualClock()
  const { runtime, lines } = recordingRuntime()
  const url = `mongodb://${await greetingServer(greeting, context)}/shop${options}`
  const connection = new MongoConnection({ runtime: { ...runtime, clock }, url })
  context.onTestFinished(() => connection.close())
  const failing = connection.client().then(
    () => expect.unreachable('it should have failed'),
    (thrown: unknown) => thrown,
  )
  let isOver = false
  void failing.finally(() => (isOver = true)).catch(() => {})
  await expect.poll(() => isOver || lines.length > 0).toBe(true)
  clock.advance(60_000)
  return { error: await failing, lines }
}

// Each waits until the driver has given up looking, for 5 s.
describe.concurrent('a server that cannot be used is told as what it is', () => {
  test.for(['', '?directConnection=true'])('one that stands alone, at once (URL with %j)', async (options, context) => {
    const { error, lines } = await start(context, () => primary, options)
    expect(error).toBeInstanceOf(StoreUnsuitable)
    expect(String(error)).toMatch(/no member of a replica set.*--replSet rs0.*rs\.initiate\(\)/)
    expect(lines).toEqual([])
  })

  test('one that stands alone, where the URL names a replica set as the guide has it', async (context) => {
    const { error, lines } = await start(context, () => primary, '?replicaSet=shop')
    expect(error).toBeInstanceOf(StoreUnavailable)
    for (const told of [String(error), lines[0]])
      expect(told).toMatch(/none of the servers is a member of the replica set shop.*--replSet shop.*rs\.initiate\(\)/)
  })

  test('one of another replica set than the URL names', async (context) => {
    const { error } = await start(context, (address) => ({ ...primary, ...setOf(address) }), '?replicaSet=other')
    expect(String(error)).toMatch(/none of the servers is a member of the replica set other that the URL names/)
  })

  test('one whose replica set is not initiated yet', async (context) => {
    const { error, lines } = await start(context, () => uninitiated)
    expect(error).toBeInstanceOf(StoreUnavailable)
    for (const told of [String(error), lines[0]]) expect(told).toMatch(/127\.0\.0\.1:\d+ .*not initiated yet.*rs\.initiate\(\)/)
  })

  test('one whose replica set has no primary', async (context) => {
    const { error } = await start(context, (address) => ({ ...setOf(address), isWritablePrimary: false, secondary: true }))
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(String(error)).toMatch(/has no primary now/)
  })

  test('one that is too old, also for the driver', async (context) => {
    for (const maxWireVersion of [17, 6]) {
      const { error } = await start(context, (address) => ({ ...primary, ...setOf(address), maxWireVersion }))
      expect(error).toBeInstanceOf(StoreUnsuitable)
      expect(String(error)).toMatch(/MongoDB 7\.0/)
    }
  })

  test('one that is not the primary and is named alone, also where the limit passes between two attempts', async (context) => {
    const secondary = (address: string) => ({ ...setOf(address), isWritablePrimary: false, secondary: true })
    const { error, lines } = await start(context, secondary, '?directConnection=true')
    expect(error).toBeInstanceOf(StoreUnavailable)
    for (const told of [String(error), lines[0]]) expect(told).toMatch(/is not the primary.*without directConnection/)
  })
})
