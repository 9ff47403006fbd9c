import { type Json, jsonFault, type LedgerRow, StatementFailed } from '@tidings/core'

/** A service's database in memory, inside a handler's transaction: tables of values by key. */
export interface MemoryHandle {
  /** The value of a key; undefined where there is none. */
  get<Value = Json>(table: string, key: string): Promise<Value | undefined>
  /** Writes a value, replacing the one that is there. */
  put(table: string, key: string, value: Json): Promise<void>
  /** Removes a value, if there is one. */
  remove(table: string, key: string): Promise<void>
  /** All values of a table, in the order of their keys. */
  all<Value = Json>(table: string): Promise<Value[]>
}

/** The rows of the transaction that a handle belongs to. */
export interface HandleRows {
  get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]>
  put(table: string, rows: readonly LedgerRow[]): Promise<void>
  remove(table: string, keys: readonly string[]): Promise<void>
  all(table: string): Promise<readonly LedgerRow[]>
}

/** The user's tables stand beside the ledger's in the same transaction, under names of their own. */
export function memoryHandle(rows: HandleRows, location: string): MemoryHandle {
  const own = (table: string): string => `own ${table}`
  return {
    // What a table holds is between the caller and itself.
    get: async <Value>(table: string, key: string) => (await rows.get(own(table), [key]))[0] as Value | undefined,
    put: async (table, key, value) => {
      const fault = jsonFault(value)
      if (fault !== undefined)
        throw new StatementFailed({
          database: location,
          reason: `the value ${fault.path === '' ? '' : `at ${fault.path} `}${fault.reason}`,
        })
      await rows.put(own(table), [{ key, value }])
    },
    remove: (table, key) => rows.remove(own(table), [key]),
    all: async <Value>(table: string) => (await rows.all(own(table))).map(({ value }) => value as Value),
  }
}
