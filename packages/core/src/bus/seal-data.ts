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
  refuseUnknownFields(given, parsed, `data of ${event}`)
  refuseUnlessJson(parsed, event)
  return frozenCopy(parsed)
}

/** @throws {ContractViolation} With the path of the first value that JSON would change, lone surrogates among them. */
export function refuseUnlessJson(parsed: unknown, event: string): void {
  const fault = jsonFault(parsed)
  if (fault !== undefined)
    throw new ContractViolation({ subject: `data of ${event}`, faults: [{ path: fault.path, message: fault.reason }] })
}

/**
 * Freezes objects that the schema built anew for the ones given. False where it cannot tell that an object is new, that
 * exactly the given fields are there, or that JSON carries the value.
 *
 * Every publish in this process pays for this loop. So it does not look for lone surrogates, which would cost more than all
 * the rest and matter only where text is encoded: there they are refused.
 */
function freezeRebuilt(given: unknown, parsed: unknown, depth: number): boolean {
  if (typeof parsed !== 'object' || parsed === null || typeof given !== 'object' || given === null || given === parsed) return false
  if (depth >= maxNesting) return false
  if (Array.isArray(parsed)) return Array.isArray(given) && freezeItems(given, parsed, depth)
  if (Object.getPrototypeOf(parsed) !== Object.prototype) return false
  // Both are objects, which may have any field.
  if (!freezeFields(given as Record<string, unknown>, parsed as Record<string, unknown>, depth)) return false
  Object.freeze(parsed)
  return true
}

function freezeFields(given: Record<string, unknown>, parsed: Record<string, unknown>, depth: number): boolean {
  let fields = 0
  for (const key in given) {
    const value = parsed[key]
    fields++
    // Written out, with the most frequent first; a call for each value costs as much as all of this.
    if (typeof value === 'string' || typeof value === 'boolean') continue
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value) && !isFraction(value)) return false
    } else if (value !== null && (key === '__proto__' || !freezeRebuilt(given[key], value, depth + 1))) return false
  }
  // What the schema added is not new for sure: the slow way copies it.
  for (const _ in parsed) fields--
  return fields === 0
}

function freezeItems(given: readonly unknown[], parsed: readonly unknown[], depth: number): boolean {
  if (given.length !== parsed.length) return false
  for (let i = 0; i < parsed.length; i++) {
    const value = parsed[i]
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) continue
    if (typeof value === 'number' ? !Number.isSafeInteger(value) && !isFraction(value) : !freezeRebuilt(given[i], value, depth + 1))
      return false
  }
  Object.freeze(parsed)
  return true
}

function isFraction(value: number): boolean {
  return Number.isFinite(value) && !Number.isInteger(value)
}

function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy))
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozenCopy(inner)])))
}
