import { join } from 'node:path'
import { type Authenticator, type RequestServer, type StoredEvent, systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { onTestFinished } from 'vitest'
import { type AuthServiceOptions, authService } from '../../src/issuer.ts'
import { type AnyIssuerStore, type Place, secret, storeAt, TestClock } from './fixtures.ts'

/** How the auth service of a test differs from any. */
export type AuthOptions = Partial<AuthServiceOptions<unknown>>

/** An auth service at work. */
export async function startAuth(
  place: Place,
  options: AuthOptions = {},
  clock = new TestClock(),
  serve?: (authenticator: Authenticator) => RequestServer,
) {
  const lines: string[] = []
  const write = (message: string, facts?: object): void => void lines.push(`${message} ${JSON.stringify(facts)}`)
  const logger = { info: write, warn: write, error: write }
  const store: AnyIssuerStore = storeAt(place)
  const service = authService({ secret, store, runtime: { clock, logger }, ...options })
  const log = sqliteEventLog({ file: join(place.directory, 'log.db') })
  const system = createSystem({
    services: [service],
    directory: place.directory,
    eventStore: log,
    ...(serve === undefined ? {} : { server: serve(service.authenticator) }),
    runtime: { ...systemRuntime, logger },
  })
  onTestFinished(() => system.stop())
  await system.start()
  const client = system.call('auth')
  return {
    system,
    clock,
    lines,
    client: {
      ...client,
      refresh: ({ refreshToken }: Holder) => client.refresh({ refreshToken }),
      logout: ({ refreshToken }: Holder) => client.logout({ refreshToken }),
    },
    /** The data of the events of a type that are in the log. */
    events: async (type: string): Promise<unknown[]> => {
      await system.settled()
      const { events } = await log.read({ after: 0, types: [type], limit: 10_000 })
      return events.map(({ data }: StoredEvent) => JSON.parse(data))
    },
  }
}

/** Whoever has a refresh token. */
interface Holder {
  readonly refreshToken: string
}

/** An auth service at work in a test. */
export type RunningAuth = Awaited<ReturnType<typeof startAuth>>

/** What an access token says. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
