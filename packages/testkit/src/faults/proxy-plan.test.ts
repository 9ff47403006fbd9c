import { expect, test } from 'vitest'
import { ProxyPlan, sendsCommand } from './proxy-plan.ts'

const request = (text: string): Buffer => Buffer.from(text)

test('the same seed gives the same faults to the same requests', () => {
  const faultsOf = (seed: number): unknown[] => {
    const plan = new ProxyPlan()
    plan.byChance({ seed, probability: 0.5, faults: ['cut', 'lose-answer'] })
    return Array.from({ length: 50 }, () => plan.faultFor(request('x'))?.fault)
  }
  expect(faultsOf(7)).toEqual(faultsOf(7))
  expect(faultsOf(7)).not.toEqual(faultsOf(8))
  expect(new Set(faultsOf(7))).toEqual(new Set([undefined, 'cut', 'lose-answer']))
})

test('a fault that was ordered meets the next request that is meant, once', async () => {
  const plan = new ProxyPlan()
  const happened = plan.once('cut', sendsCommand('insert'))
  expect(plan.faultFor(request('\x10hello\0'))).toBeUndefined()
  const planned = plan.faultFor(request('\x02insert\0'))
  expect(planned?.fault).toBe('cut')
  planned?.happened()
  await happened
  expect(plan.faultFor(request('\x02insert\0'))).toBeUndefined()
})
