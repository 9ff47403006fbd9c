// Keys of events and names hold no control characters, so this one cannot stand inside a part.
const separator = '\u001f'
const afterSeparator = '\u0020'

/** Joins parts into the key of a ledger row. Numbers are padded, so that keys sort as the numbers do. */
export function composeKey(...parts: readonly (string | number)[]): string {
  return parts.map((part) => (typeof part === 'number' ? String(part).padStart(16, '0') : part)).join(separator)
}

/** The range of all keys that begin with these parts and have more. */
export function keysUnder(...parts: readonly (string | number)[]): { readonly from: string; readonly before: string } {
  const prefix = composeKey(...parts)
  return { from: prefix + separator, before: prefix + afterSeparator }
}
