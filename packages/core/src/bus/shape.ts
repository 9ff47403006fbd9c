/** What parsed data looks like: which fields objects have, and where there are further objects and lists. */
export type Shape =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'list'; readonly items: Shape }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [name: string, shape: Shape])[] }

const leaf: Shape = { kind: 'leaf' }

/** The shape of data that JSON can carry; undefined for one that is not worth compiling, such as a map of many keys. */
export function shapeOf(value: unknown): Shape | undefined {
  return shapeAt(value, { fieldsLeft: 64 })
}

function shapeAt(value: unknown, budget: { fieldsLeft: number }): Shape | undefined {
  if (typeof value !== 'object' || value === null) return leaf
  if (Array.isArray(value)) {
    // One item stands for all; a list of mixed items does not fit when it is checked, and goes the slow way.
    const items = value.length === 0 ? leaf : shapeAt(value[0], budget)
    return items === undefined ? undefined : { kind: 'list', items }
  }
  const fields: [string, Shape][] = []
  for (const [name, inner] of Object.entries(value)) {
    // In the source of an object this name would set its prototype.
    if (--budget.fieldsLeft < 0 || name === '__proto__') return undefined
    const shape = shapeAt(inner, budget)
    if (shape === undefined) return undefined
    fields.push([name, shape])
  }
  return { kind: 'object', fields }
}
