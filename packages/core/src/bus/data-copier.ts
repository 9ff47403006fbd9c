import { refuseUnknownFields } from '../contracts/refuse-unknown-fields.ts'
import { jsonFault } from '../envelope/json-fault.ts'
import { ContractViolation } from '../errors/contract-errors.ts'
import { type CompiledShape, compileShape } from './compile-shape.ts'
import { shapeOf } from './shape.ts'

/** Makes a copy of data for one who gets it. */
export type Copy = (parsed: unknown) => unknown

/** The most shapes that are compiled for one event: its data has a few, where fields are optional. */
const mostShapes = 8

/** Checks the data of one event and copies it, by code made for the shapes that were seen. */
export class DataCopier {
  private readonly event: string
  private readonly shapes: CompiledShape[] = []
  private learning = true

  constructor(event: string) {
    this.event = event
  }

  /**
   * Checks data that its schema has parsed.
   *
   * @returns What copies it, so that nobody can change it for another.
   * @throws {ContractViolation} The path of each field that the schema does not know, or of the first value that JSON would change.
   */
  check(given: unknown, parsed: unknown): Copy {
    for (let i = 0; i < this.shapes.length; i++) {
      const shape = this.shapes[i]
      if (shape?.fits(given, parsed)) return shape.copy
    }
    refuseUnknownFields(given, parsed, `data of ${this.event}`)
    refuseUnlessJson(parsed, this.event)
    this.learn(parsed)
    return copyOfAny
  }

  private learn(parsed: unknown): void {
    if (!this.learning) return
    const shape = shapeOf(parsed)
    const compiled = shape === undefined ? undefined : compileShape(shape)
    if (compiled?.fits(parsed, parsed) === true) this.shapes.push(compiled)
    this.learning = this.shapes.length < mostShapes
  }
}

/** @throws {ContractViolation} With the path of the first value that JSON would change, lone surrogates among them. */
export function refuseUnlessJson(parsed: unknown, event: string): void {
  const fault = jsonFault(parsed)
  if (fault !== undefined)
    throw new ContractViolation({ subject: `data of ${event}`, faults: [{ path: fault.path, message: fault.reason }] })
}

/** For data known to be what JSON can carry, so it is neither deep nor circular. */
function copyOfAny(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOfAny)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOfAny(inner)]))
}
