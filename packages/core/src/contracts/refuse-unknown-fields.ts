import { ContractViolation, type Fault } from '../errors/contract-errors.ts'
import { appendPath } from './schema.ts'

/**
 * Refuses fields that the schema did not know. Most schemas strip them in silence, and a misspelt optional field would be
 * lost without a word; so a key of the value that is missing in the parsed output is a fault.
 *
 * @throws {ContractViolation} Every unknown field, with its path.
 */
export function refuseUnknownFields(value: unknown, parsed: unknown, subject: string): void {
  const faults: Fault[] = []
  compare(value, parsed, '', faults)
  if (faults.length > 0) throw new ContractViolation({ subject, faults })
}

function compare(value: unknown, parsed: unknown, path: string, faults: Fault[]): void {
  if (value === parsed || typeof value !== 'object' || typeof parsed !== 'object' || value === null || parsed === null) return
  if (Array.isArray(value)) {
    if (Array.isArray(parsed)) for (let i = 0; i < value.length; i++) compare(value[i], parsed[i], appendPath(path, i), faults)
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue
    if (Object.hasOwn(parsed, key)) compare(inner, (parsed as Record<string, unknown>)[key], appendPath(path, key), faults)
    else faults.push({ path: appendPath(path, key), message: 'unknown field' })
  }
}
