import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when the condition holds. @throws {Error} It did not hold in time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, patienceMs = 30_000): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`Waited ${patienceMs / 1000} s in vain: ${what}`)
    await sleep(20)
  }
}
