import type { Json } from '@tidings/core'

/** A row as MongoDB keeps it: its value as it is, or as JSON text where BSON has no equal for it. */
export interface RowDocument {
  readonly _id: string
  readonly value?: unknown
  readonly json?: string
}

/** Deeper values are kept as text; the server takes documents of at most 100 levels. */
const deepest = 60

// What BSON cannot hold, the server gives a meaning to, or the driver takes for a type of its own.
const oddName = /^$|^\$|[.\0]|^__proto__$|^_bsontype$/

const unfit = Symbol('unfit')

/**
 * The document of a row. A copy is taken: what the caller does to the value later changes nothing.
 *
 * @throws {TypeError} The value is none that JSON can carry.
 */
export function toDocument(_id: string, value: Json): RowDocument {
  const copy = copied(value, deepest)
  if (copy !== unfit) return { _id, value: copy }
  const json = JSON.stringify(value) as string | undefined
  if (json === undefined) throw new TypeError('a row has no value that JSON can carry')
  return { _id, json }
}

/** The value that a row was written with. */
export function toValue({ value, json }: RowDocument): Json {
  // Only toDocument writes these.
  return json === undefined ? (value as Json) : (JSON.parse(json) as Json)
}

/** Whether a field of this name, or a path to it, means the same in a query as in a value. */
export function isPlainName(name: string): boolean {
  return !oddName.test(name)
}

function copied(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : unfit
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : unfit
    case 'object':
      if (value === null) return null
      if (depth === 0) return unfit
      return Array.isArray(value) ? copiedList(value, depth) : copiedObject(value, depth)
    default:
      return unfit
  }
}

function copiedList(list: readonly unknown[], depth: number): unknown {
  const copies: unknown[] = []
  // Not forEach, which passes over holes.
  for (const item of list) {
    const copy = copied(item, depth - 1)
    if (copy === unfit) return unfit
    copies.push(copy)
  }
  return copies
}

function copiedObject(value: object, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return unfit
  const copies: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    if (oddName.test(name)) return unfit
    const copy = copied(field, depth - 1)
    if (copy === unfit) return unfit
    copies[name] = copy
  }
  return copies
}
