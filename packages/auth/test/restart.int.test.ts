import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authenticator, type EventLog, systemRuntime } from '@tidings/core'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { local } from '../src/index.ts'
import { outcomeOf, TestIssuer } from './test-issuer.ts'

const revocations = 1_000
const restarts = 10

test('a service that starts again and again in the midst of 1,000 revocations accepts none of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-auth-'))
  const open = (): EventLog => sqliteEventLog({ file: join(folder, 'log.db') })
  const log = open()
  onTestFinished(async () => {
    await log.close()
    rmSync(folder, { recursive: true })
  })
  const quiet = { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } }
  const issuer = await TestIssuer.create(log, quiet)
  const users = Array.from({ length: revocations }, (_, n) => `u${n}`)
  const tokens = await Promise.all(users.map((sub) => issuer.token({ sub })))
  const bystander = await issuer.token({ sub: 'bystander' })

  /** One life of the service, on a connection of its own to the log, as another process has it. */
  const liveOnce = async (work: (authenticator: Authenticator) => Promise<void>): Promise<void> => {
    const ownLog = open()
    const authenticator = local({ issuer: 'auth', audience: 'shop', keys: async () => issuer.jwks, log: ownLog, runtime: quiet })
    await authenticator.start()
    await issuer.beat()
    await expect.poll(() => authenticator.readiness().ready).toBe(true)
    await work(authenticator)
    await authenticator.stop()
    await ownLog.close()
  }
  const accepted = async (authenticator: Authenticator, from: number, upTo: number): Promise<number> => {
    const outcomes = await Promise.all(tokens.slice(Math.max(0, from), upTo).map((token) => outcomeOf(authenticator, token)))
    return outcomes.filter((outcome) => outcome !== '401 AUTH_TOKEN_REVOKED').length
  }

  const perLife = revocations / restarts
  for (let life = 0; life < restarts; life++) {
    const before = life * perLife
    // Half of them while nobody reads, half while the service lives.
    await Promise.all(users.slice(before, before + perLife / 2).map((user) => issuer.block(user)))
    await liveOnce(async (authenticator) => {
      expect(await accepted(authenticator, before - perLife, before + perLife / 2)).toBe(0)
      expect(await outcomeOf(authenticator, bystander)).toBe('authenticated')
      await Promise.all(users.slice(before + perLife / 2, before + perLife).map((user) => issuer.block(user)))
      // Stopped as soon as the first of them has arrived: the others are read by the next life.
      await expect.poll(() => outcomeOf(authenticator, tokens[before + perLife / 2] as string)).toBe('401 AUTH_TOKEN_REVOKED')
    })
  }
  await liveOnce(async (authenticator) => {
    expect(await accepted(authenticator, 0, revocations)).toBe(0)
    expect(await outcomeOf(authenticator, bystander)).toBe('authenticated')
  })
})
