/** What a store's user may do to one database, or to every one of its server. */
export interface Grant {
  /** Undefined: every database, or the server itself. */
  readonly database: string | undefined
  /** Undefined: every collection there. */
  readonly collection: string | undefined
  /** In the words of the store, such as `find` and `insert`. */
  readonly actions: readonly string[]
}

/** What the user that a store is opened with may touch, as the store's own server tells. */
export interface Reach {
  /** Such as `orders@shop_orders`. Undefined where the server asks nobody for a name: then everybody may touch everything. */
  readonly user: string | undefined
  /** The database that the store is kept in. */
  readonly database: string
  readonly grants: readonly Grant[]
}
