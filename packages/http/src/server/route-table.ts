import { type AnyOperation, type Contract, DefinitionInvalid, type HttpRoute } from '@tidings/core'
import { methods } from '../inputs/check-head.ts'

/** One operation at one address. */
export interface RouteEntry {
  /** `both` where the public route of an operation is its internal address, as `POST /auth/login` of the operation auth.login. */
  readonly form: 'internal' | 'public' | 'both'
  readonly method: string
  readonly path: string
  readonly service: string
  readonly name: string
  readonly operation: AnyOperation
  /** The declared public route; undefined for the internal form alone. */
  readonly route: HttpRoute | undefined
}

/** The methods that a path answers, and those that it refuses with 405. */
export interface WrongMethods {
  readonly path: string
  readonly allowed: readonly string[]
  readonly refused: readonly string[]
}

/** The paths that tell about the process itself. */
export const healthPaths = Object.freeze(['/live', '/ready'])

/** The path that tells what the public routes are. */
export const openApiPath = '/openapi.json'

/**
 * Every address of every operation: `POST /<service>/<operation>`, and the public routes.
 *
 * @param ownPaths What the server answers by itself.
 * @throws {DefinitionInvalid} Two operations have the same address, or one has an address of the server's own.
 */
export function routeTable(contracts: readonly Contract[], ownPaths: readonly string[]): readonly RouteEntry[] {
  const entries: RouteEntry[] = []
  for (const contract of contracts) {
    for (const [name, operation] of Object.entries(contract.operations as Record<string, AnyOperation>)) {
      const known = { service: contract.name, name, operation }
      const internal = { method: 'POST', path: `/${contract.name}/${name}` }
      const [method = '', path = ''] = operation.http?.route.split(' ') ?? []
      const isShared = method === internal.method && path === internal.path
      if (!isShared) entries.push({ ...known, ...internal, form: 'internal', route: undefined })
      if (operation.http !== undefined) entries.push({ ...known, form: isShared ? 'both' : 'public', method, path, route: operation.http })
    }
  }
  const owners = new Map(ownPaths.map((path) => [`GET ${path}`, 'the server itself']))
  for (const entry of entries) {
    const owner = owners.get(`${entry.method} ${shapeOf(entry.path)}`)
    if (owner !== undefined) {
      const subject = `route ${entry.method} ${entry.path} of ${entry.service}.${entry.name}`
      throw new DefinitionInvalid({ subject, reason: `${owner} answers there already`, remedy: 'Give the operation another route.' })
    }
    owners.set(`${entry.method} ${shapeOf(entry.path)}`, `${entry.service}.${entry.name}`)
  }
  return entries
}

/** For each path the methods to refuse, so that a wrong method is told apart from a wrong path. */
export function wrongMethods(entries: readonly Pick<RouteEntry, 'method' | 'path'>[]): readonly WrongMethods[] {
  const byShape = new Map<string, { path: string; allowed: Set<string> }>()
  for (const { method, path } of entries) {
    const known = byShape.get(shapeOf(path)) ?? { path, allowed: new Set() }
    known.allowed.add(method)
    if (method === 'GET') known.allowed.add('HEAD')
    byShape.set(shapeOf(path), known)
  }
  return [...byShape.values()].map(({ path, allowed }) => {
    // A path in full comes before one with parameters, and must not take away the methods that the latter answers.
    const covered = entries.filter((other) => covers(other.path, path)).map((other) => other.method)
    const answered = new Set([...allowed, ...covered, ...(covered.includes('GET') ? ['HEAD'] : [])])
    return { path, allowed: [...allowed], refused: methods.filter((method) => !answered.has(method)) }
  })
}

/** The path without the names of its parameters: two paths of one shape answer the same addresses. */
function shapeOf(path: string): string {
  return path.replace(/:[^/]+/g, ':')
}

function covers(pattern: string, path: string): boolean {
  const parts = pattern.split('/')
  const others = path.split('/')
  return parts.length === others.length && parts.every((part, i) => part.startsWith(':') || part === others[i])
}
