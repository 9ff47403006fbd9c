import { serviceNames } from './shop.ts'

const patienceMs = 1_000

/** Who listens at a port of this machine, as far as asking there can tell: `orders of a shop that runs already`. */
export async function describePortHolder(port: number): Promise<string> {
  const answers = await Promise.all(serviceNames.map((name) => answersAs(name, port)))
  const found = serviceNames.find((_, index) => answers[index])
  return found === undefined ? `another program (lsof -i :${port} names it)` : `${found} of a shop that runs already`
}

async function answersAs(name: string, port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/${name}/summary`, { signal: AbortSignal.timeout(patienceMs) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
