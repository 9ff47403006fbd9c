import { type ProcessName, serviceNames } from './shop.ts'

const patienceMs = 1_000

/** What each answers and the others do not. The gateway answers for all of them. */
const paths: readonly (readonly [ProcessName, string])[] = [
  ['gateway', '/.well-known/gateway-jwks.json'],
  ['auth', '/.well-known/jwks.json'],
  ...serviceNames.map((name) => [name, `/${name}/summary`] as const),
]

/** Who listens at a port of this machine, as far as asking there can tell: `orders of a shop that runs already`. */
export async function describePortHolder(port: number): Promise<string> {
  const answers = await Promise.all(paths.map(([, path]) => isKnown(`http://127.0.0.1:${port}${path}`)))
  const found = paths.find((_, index) => answers[index])
  return found === undefined ? `another program (lsof -i :${port} names it)` : `${found[0]} of a shop that runs already`
}

async function isKnown(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    await response.body?.cancel()
    // A service that asks its callers to sign in says so as only Tidings does.
    return response.ok || (response.status === 401 && response.headers.get('content-type')?.startsWith('application/problem+json') === true)
  } catch {
    return false
  }
}
