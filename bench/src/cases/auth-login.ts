import { authService, sqliteIssuerStore } from '@tidings/auth/issuer'
import { createSystem } from '@tidings/event-store'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { silentRuntime } from '../silent-runtime.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'

const anyRate = { times: 1_000_000, windowMs: 1_000 }
const known = { email: 'known@example.org', password: 'the right password' }

/** Signs in with a wrong password: at an account that is there, and at one that nobody has. Both must take the same time. */
export function authLogin(logins: number): Comparison {
  return {
    name: 'auth: login of an unknown user',
    against: 'login of a known user, wrong password both times',
    atLeast: 0.95,
    open: async () => open(logins),
  }
}

async function open(logins: number): Promise<Sides> {
  const directory = new TemporaryDirectory()
  const service = authService({
    secret: 'a secret of benchmarks, which everybody knows',
    store: sqliteIssuerStore(),
    limits: { perAddress: anyRate, perAccount: anyRate },
  })
  const system = createSystem({ services: [service], directory: directory.path, runtime: silentRuntime })
  await system.start()
  const client = system.call('auth')
  await client.register(known)
  const wrong = (email: string) => () =>
    perSecond(logins, async () => {
      for (let n = 0; n < logins; n++) await client.login({ email, password: 'not the right one' }).catch(() => {})
    })
  return {
    ours: wrong('nobody@example.org'),
    baseline: wrong(known.email),
    close: async () => {
      await system.stop()
      directory.remove()
    },
  }
}
