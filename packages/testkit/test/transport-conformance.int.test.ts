import { memoryTransport } from '@tidings/core'
import { describe, expect, test } from 'vitest'
import { transportConformance } from '../src/conformance/transport/transport-conformance.ts'
import type { TransportSubject } from '../src/conformance/transport/transport-subject.ts'
import { brokenTransports } from './broken-transports/broken-transports.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** A memory transport has one end. One known to be at fault is not waited for as long as one that may only be slow. */
function memorySubject(patienceMs = 10_000): TransportSubject {
  return { patienceMs, open: async () => memoryTransport({ logger: quiet }), join: async (transport) => transport }
}

describe('the transport in memory', () => {
  for (const one of transportConformance) test(one.name, () => one.run(memorySubject()))
})

describe('a transport at fault is found', () => {
  for (const { fault, foundBy, breaks } of brokenTransports) {
    test(`where ${fault}: ${foundBy}`, async () => {
      const one = transportConformance.find(({ name }) => name === foundBy)
      await expect(one?.run(breaks(memorySubject(200)))).rejects.toThrow()
    })
  }
})

test('every case of the transport finds a fault', () => {
  const found = new Set(brokenTransports.map(({ foundBy }) => foundBy))
  expect([...found].sort()).toEqual(transportConformance.map(({ name }) => name).sort())
})
