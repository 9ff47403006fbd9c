import { refuseUnknownFields } from '../contracts/refuse-unknown-fields.ts'
import { jsonFault, maxNesting } from '../envelope/json-fault.ts'
import { ContractViolation } from '../errors/contract-errors.ts'

/**
 * Makes parsed data fit to be given to many: unknown fields and values that JSON would change are refused, and what is left
 * cannot be changed by any of those who get it. What the publisher gave stays as it was.
 *
 * @throws {ContractViolation} With the path of each unknown field, or of the first value that JSON would change.
 */
export function sealData(given: unknown, parsed: unknown, event: string): unknown {
  // One pass over what a schema usually builds. It stops at the first thing that is not plainly right, and names nothing.
  if (freezeRebuilt(given, parsed, 0)) return parsed
  const subject = `data of ${event}`
  refuseUnknownFields(given, parsed, subject)
  const fault = jsonFault(parsed)
  if (fault !== undefined) throw new ContractViolation({ subject, faults: [{ path: fault.path, message: fault.reason }] })
  return frozenCopy(parsed)
}

/**
 * Freezes objects that the schema built anew for the ones given. False where it cannot tell that an object is new, that
 * exactly the given fields are there, or that JSON carries the value.
 */
function freezeRebuilt(given: unknown, parsed: unknown, depth: number): boolean {
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    typeof given !== 'object' ||
    given === null ||
    given === parsed ||
    depth >= maxNesting
  )
    return false
  if (Array.isArray(parsed)) return Array.isArray(given) && freezeItems(given, parsed, depth)
  if (Object.getPrototypeOf(parsed) !== Object.prototype) return false
  let fields = 0
  for (const key in parsed) {
    // Both are objects, which may have any field.
    const value = (parsed as Record<string, unknown>)[key]
    const source = (given as Record<string, unknown>)[key]
    if (source === undefined || key === '__proto__' || !(fits(value) || freezeRebuilt(source, value, depth + 1))) return false
    fields++
  }
  for (const _ in given) fields--
  if (fields !== 0) return false
  Object.freeze(parsed)
  return true
}

function freezeItems(given: readonly unknown[], parsed: readonly unknown[], depth: number): boolean {
  if (given.length !== parsed.length) return false
  for (let i = 0; i < parsed.length; i++) if (!fits(parsed[i]) && !freezeRebuilt(given[i], parsed[i], depth + 1)) return false
  Object.freeze(parsed)
  return true
}

function fits(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
  return typeof value === 'boolean' || value === null
}

function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy))
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozenCopy(inner)])))
}
