import { defineService } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { memory } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import { clocks, runOnMemory, Ticked, walls } from './ticks.ts'

const services = [
  defineService(clocks).implement({}),
  defineService(walls)
    .on(Ticked, async () => {})
    .implement({}),
]

test('a service that the system does not have is refused by its name, and those that it has are named', async () => {
  const system = await runOnMemory(services)
  const refused = { code: 'SERVICE_NOT_IN_SYSTEM', service: 'shipping', services: ['clocks', 'walls'] }
  expect(() => system.call('shipping')).toThrow(expect.objectContaining(refused))
  expect(() => system.consumer('shipping')).toThrow(expect.objectContaining(refused))
  await expect(system.in('shipping', async () => {})).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/clocks, walls/) })
})

test('a database for a service that the system does not have is refused', () => {
  const options = { services, databases: { walls: memory(), wals: memory() } }
  expect(() => createSystem(options)).toThrow(
    expect.objectContaining({ code: 'DEFINITION_INVALID', message: expect.stringMatching(/wals/) }),
  )
})

test('a replay of a reaction that the service does not have is refused, and those that it has are named', async () => {
  const consumer = (await runOnMemory(services)).consumer('walls')
  await expect(consumer.replay({ reactions: ['clocks.tickd'] })).rejects.toMatchObject({
    code: 'DEFINITION_INVALID',
    message: expect.stringMatching(/clocks\.tickd.*clocks\.ticked/),
  })
})
