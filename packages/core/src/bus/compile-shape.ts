import type { Shape } from './shape.ts'

/** Functions made for data of one shape. */
export interface CompiledShape {
  /**
   * True when the parsed data has exactly this shape and nothing in it that JSON would change, and the given data no field
   * that the parsed data lacks. False tells nothing: the slow way finds out.
   */
  fits(given: unknown, parsed: unknown): boolean
  /** A copy of data that fits. */
  copy(parsed: unknown): unknown
}

/**
 * Compiles functions for one shape. They take some 50 ns where code for every shape takes 300 (docs/decisions/0005).
 *
 * Nothing of the data gets into the source but names of fields, and those as literals of JSON.
 *
 * @returns undefined where the program does not allow code from strings (`--disallow-code-generation-from-strings`).
 */
export function compileShape(shape: Shape): CompiledShape | undefined {
  try {
    const fits = new Function('isLeaf', `return (g, p) => { let n = 0; ${checkOf(shape, 'g', 'p', 0)} return true }`)
    const copy = new Function(`return (p) => ${copyOf(shape, 'p', 0)}`)
    return { fits: fits(isLeaf), copy: copy() }
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** Lone surrogates are not looked for: that would cost more than all the rest, and matters only where text is encoded. */
function isLeaf(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  return typeof value === 'number' && (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)))
}

function checkOf(shape: Shape, given: string, parsed: string, depth: number): string {
  const [g, p, i] = [`g${depth}`, `p${depth}`, `i${depth}`]
  switch (shape.kind) {
    case 'leaf':
      return `if (!isLeaf(${parsed})) return false;`
    case 'list': {
      const items = shape.items.kind === 'leaf' ? '' : `if (!Array.isArray(${g}) || ${g}.length !== ${p}.length) return false;`
      const item = checkOf(shape.items, `${g}[${i}]`, `${p}[${i}]`, depth + 1)
      return `{ const ${g} = ${given}, ${p} = ${parsed}; if (!Array.isArray(${p})) return false; ${items} for (let ${i} = 0; ${i} < ${p}.length; ${i}++) { ${item} } }`
    }
    case 'object': {
      const names = shape.fields.map(([name]) => `case ${JSON.stringify(name)}:`).join(' ')
      const known = names === '' ? 'return false' : `switch (k) { ${names} continue; default: return false }`
      const fields = shape.fields.map(([name, inner]) => checkOf(inner, member(g, name), member(p, name), depth + 1)).join(' ')
      // A field that is undefined is no leaf, so the right number of fields means the right fields.
      return `{ const ${g} = ${given}, ${p} = ${parsed};
        if (typeof ${g} !== 'object' || ${g} === null || typeof ${p} !== 'object' || ${p} === null || Object.getPrototypeOf(${p}) !== Object.prototype) return false;
        for (const k in ${g}) { ${known} }
        n = 0; for (const _ in ${p}) n++; if (n !== ${shape.fields.length}) return false;
        ${fields} }`
    }
  }
}

function copyOf(shape: Shape, parsed: string, depth: number): string {
  switch (shape.kind) {
    case 'leaf':
      return parsed
    case 'list':
      return shape.items.kind === 'leaf'
        ? `${parsed}.slice()`
        : `${parsed}.map((e${depth}) => ${copyOf(shape.items, `e${depth}`, depth + 1)})`
    case 'object':
      return `({ ${shape.fields.map(([name, inner]) => `${JSON.stringify(name)}: ${copyOf(inner, member(parsed, name), depth + 1)}`).join(', ')} })`
  }
}

function member(object: string, name: string): string {
  return `${object}[${JSON.stringify(name)}]`
}
