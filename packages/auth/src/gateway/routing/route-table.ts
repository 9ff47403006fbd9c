import { type Access, type AnyOperation, type Contract, DefinitionInvalid } from '@tidings/core'

/** A service whose public routes its contract tells: each is guarded by the access rule of its operation. */
export interface ContractRoutes {
  readonly contract: Contract
}

/** A service that is reached by the beginning of the path, whatever follows and whatever the method. */
export interface PrefixRoutes {
  /** Its name: the audience of its internal tokens, and what `locate` is asked for. */
  readonly service: string
  /** Such as `/legacy`: that path and everything below it. The longest prefix that fits is taken. */
  readonly prefix: string
  readonly access: Access
  /** How long an answer may take to begin, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number
}

/** What the gateway forwards to one service. */
export type GatewayRoutes = ContractRoutes | PrefixRoutes

/** Where a request goes, and who may send it. */
export interface Route {
  readonly service: string
  readonly access: Access
  readonly timeoutMs: number
}

/** What became of looking for a route. */
export type Match = { readonly route: Route } | { readonly allowed: readonly string[] } | undefined

interface Branch {
  readonly named: Map<string, Branch>
  parameter: Branch | undefined
  readonly methods: Map<string, Route>
}

/** Finds the service for a path. Paths of contracts come before prefixes. */
export class RouteTable {
  readonly #root = branch()
  readonly #prefixes: { readonly prefix: string; readonly route: Route }[] = []

  /** @throws {DefinitionInvalid} Two routes have one address, or one cannot be used; all are listed. */
  constructor(routes: readonly GatewayRoutes[], ownPaths: readonly string[]) {
    const faults: string[] = []
    for (const path of ownPaths) this.#add('GET', path, { service: 'the gateway itself', access: 'public', timeoutMs: 0 }, faults)
    for (const entry of routes) {
      if ('contract' in entry) this.#addContract(entry.contract, faults)
      else this.#addPrefix(entry, faults)
    }
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length)
    if (faults.length > 0)
      throw new DefinitionInvalid({ subject: 'gateway', reason: faults.join(', '), remedy: 'Correct the routes of the gateway.' })
  }

  /** The route of a request, the methods that its path takes instead, or undefined where nothing has this path. */
  match(method: string, path: string): Match {
    const ends = find(this.#root, path.slice(1).split('/'), 0)
    for (const { methods } of ends) {
      const route = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined)
      if (route !== undefined) return { route }
    }
    const route = this.#byPrefix(path)
    if (route !== undefined) return { route }
    return ends.length === 0 ? undefined : { allowed: allowedOf(ends) }
  }

  #addContract(contract: Contract, faults: string[]): void {
    for (const [name, operation] of Object.entries(contract.operations as Record<string, AnyOperation>)) {
      if (operation.http === undefined) continue
      if (operation.access === undefined) {
        faults.push(`${contract.name}.${name} has a public route and does not say who may call`)
        continue
      }
      const [method = '', path = ''] = operation.http.route.split(' ')
      this.#add(method, path, { service: contract.name, access: operation.access, timeoutMs: operation.timeoutMs }, faults)
    }
  }

  #add(method: string, path: string, route: Route, faults: string[]): void {
    let at = this.#root
    for (const text of path.slice(1).split('/')) at = text.startsWith(':') ? parameterOf(at) : childOf(at, text)
    const other = at.methods.get(method)
    if (other !== undefined) faults.push(`${method} ${path} belongs to ${other.service} and to ${route.service}`)
    at.methods.set(method, route)
  }

  #addPrefix({ service, prefix, access, timeoutMs = 30_000 }: PrefixRoutes, faults: string[]): void {
    if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(prefix) || /\/\.\.?(\/|$)/.test(prefix))
      faults.push(`the prefix "${prefix}" is not written like /legacy`)
    // Services that do not tell upper from lower case must not be guarded by the spelling of a path.
    if (this.#prefixes.some((other) => other.prefix.toLowerCase() === prefix.toLowerCase()))
      faults.push(`the prefix ${prefix} is given twice`)
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 2_147_483_647)
      faults.push(`the timeoutMs of ${prefix} is not a whole number from 1 to 2147483647`)
    this.#prefixes.push({ prefix, route: { service, access, timeoutMs } })
  }

  #byPrefix(path: string): Route | undefined {
    const lower = path.toLowerCase()
    const found = this.#prefixes.find(({ prefix }) => isUnder(lower, prefix.toLowerCase()))
    // A service that takes both cases for one would be reached under the rule of a shorter prefix.
    return found !== undefined && isUnder(path, found.prefix) ? found.route : undefined
  }
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

function branch(): Branch {
  return { named: new Map(), parameter: undefined, methods: new Map() }
}

function childOf(parent: Branch, name: string): Branch {
  const child = parent.named.get(name) ?? branch()
  parent.named.set(name, child)
  return child
}

function parameterOf(parent: Branch): Branch {
  parent.parameter ??= branch()
  return parent.parameter
}

/** Where the path ends: the branch that names more of its segments before the one that takes any. */
function find(at: Branch, segments: readonly string[], index: number): Branch[] {
  const text = segments[index]
  if (text === undefined) return at.methods.size === 0 ? [] : [at]
  const named = at.named.get(text)
  const found = named === undefined ? [] : find(named, segments, index + 1)
  if (at.parameter !== undefined && text !== '') found.push(...find(at.parameter, segments, index + 1))
  return found
}

function allowedOf(ends: readonly Branch[]): readonly string[] {
  const allowed = new Set(ends.flatMap(({ methods }) => [...methods.keys()]))
  if (allowed.has('GET')) allowed.add('HEAD')
  return [...allowed]
}
