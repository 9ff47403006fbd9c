import { hash as argon2 } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { Passwords } from './passwords.ts'
import { Slots } from './slots.ts'

test('a password is kept as argon2id of 19 MiB, two passes and one lane, and never twice the same', async () => {
  const passwords = new Passwords({}, 2, 8)
  const [one, other] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one).not.toBe(other)
  expect(await passwords.compare(one, 'correct horse')).toEqual({ isRight: true })
  expect(await passwords.compare(one, 'incorrect horse')).toEqual({ isRight: false })
})

test('a hash of another cost or kind is made anew once the password is known to be right', async () => {
  const passwords = new Passwords({ passes: 3 }, 2, 8)
  for (const old of [await argon2('pass word', { timeCost: 2 }), await argon2('pass word', { algorithm: 1 as never, timeCost: 3 })]) {
    expect(await passwords.compare(old, 'wrong')).toEqual({ isRight: false })
    const compared = await passwords.compare(old, 'pass word')
    expect(compared?.rehashed).toMatch(/^\$argon2id\$v=19\$m=19456,t=3,p=1\$/)
    expect(await passwords.compare(compared?.rehashed, 'pass word')).toEqual({ isRight: true })
  }
})

test('nobody has the password of the decoy, and comparing with it is the same work', async () => {
  const passwords = new Passwords({}, 2, 8)
  await passwords.makeReady()
  const known = await passwords.hash('pass word')
  const parametersOf = (hash: string | undefined) => hash?.split('$').slice(0, 4).join('$')
  expect(parametersOf(await passwords.decoy)).toBe(parametersOf(known))
  expect(await passwords.compare(undefined, '')).toEqual({ isRight: false })
})

test('a password is the same however its letters are put together', async () => {
  const passwords = new Passwords({}, 2, 8)
  expect(await passwords.compare(await passwords.hash('caf\u00e9 au lait'), 'cafe\u0301 au lait')).toEqual({ isRight: true })
})

test('so many run at once, so many wait, and more are turned away', async () => {
  const slots = new Slots(2, 3)
  const ends: (() => void)[] = []
  let most = 0
  let running = 0
  const work = async (): Promise<string> => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => ends.push(resolve))
    running--
    return 'done'
  }
  const runs = Array.from({ length: 6 }, () => slots.run(work))
  expect(await runs[5]).toBeUndefined()
  for (let ended = 0; ended < 5; ended++) {
    await expect.poll(() => ends.length).toBeGreaterThan(0)
    ends.shift()?.()
  }
  expect(await Promise.all(runs)).toEqual([...Array(5).fill({ result: 'done' }), undefined])
  expect(most).toBe(2)
  await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  const last = slots.run(work)
  await expect.poll(() => ends.length).toBe(1)
  ends.shift()?.()
  expect(await last).toEqual({ result: 'done' })
})
