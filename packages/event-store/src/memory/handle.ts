import type { Json, LedgerTransaction } from '@tidings/core'

/** A service's database in memory, inside a handler's transaction: tables of values by key. */
export interface MemoryHandle {
  /** The value of a key; undefined where there is none. */
  get<Value = Json>(table: string, key: string): Promise<Value | undefined>
  /** Writes the value of a key. */
  put(table: string, key: string, value: Json): Promise<void>
  /** Removes a key. */
  remove(table: string, key: string): Promise<void>
  /** All values of a table, in the order of their keys. */
  all<Value = Json>(table: string): Promise<Value[]>
}

const most = Number.MAX_SAFE_INTEGER

/** The user's tables stand beside the ledger's in the same transaction, under names of their own. */
export function memoryHandle(tx: Pick<LedgerTransaction<unknown>, 'get' | 'put' | 'remove' | 'scan'>): MemoryHandle {
  const own = (table: string): string => `own ${table}`
  return {
    // What a table holds is between the caller and itself.
    get: async <Value>(table: string, key: string) => (await tx.get(own(table), [key]))[0] as Value | undefined,
    put: (table, key, value) => tx.put(own(table), [{ key, value }]),
    remove: (table, key) => tx.remove(own(table), [key]),
    all: async <Value>(table: string) => (await tx.scan(own(table), { limit: most })).map(({ value }) => value as Value),
  }
}
