import { systemRuntime } from '@tidings/core'
import type { ProxyFault } from '../../../faults/proxy-plan.ts'
import { sendsCommand } from '../../../faults/proxy-plan.ts'
import { type Bring, commands, type Faults, oneOf, pause } from './weather.ts'

/** How long a command of the kind drawn is waited for, in milliseconds. */
const patienceMs = 2_500

/** What happens on the way between the processes and the server. */
export const networkFaults: Faults = new Map([
  ['answer lost', toOneCommand('lose-answer')],
  ['answer withheld', toOneCommand('withhold-answer')],
  ['request cut off', toOneCommand('cut')],
  [
    'connections cut',
    async ({ proxy }) => {
      proxy.cutAll()
      return true
    },
  ],
  [
    'requests delayed',
    async (scene) => {
      scene.proxy.byChance({ seed: Math.floor(scene.next() * 2 ** 32), probability: 0.2, faults: [{ delayMs: 30 }, { delayMs: 700 }] })
      await pause(500, 1_500, scene)
      scene.proxy.heal()
      return true
    },
  ],
  [
    'network half-open',
    async (scene) => {
      scene.proxy.halfOpen()
      await pause(200, 4_500, scene)
      scene.proxy.heal()
      return true
    },
  ],
])

function toOneCommand(fault: ProxyFault): Bring {
  return async ({ proxy, next }) => {
    const happened = proxy.once(fault, sendsCommand(oneOf(commands, { next })))
    const hasHappened = await Promise.race([happened.then(() => true), systemRuntime.clock.sleep(patienceMs).then(() => false)])
    proxy.heal()
    return hasHappened
  }
}
