import { constants, type DatabaseSync } from 'node:sqlite'

const { SQLITE_OK: allow, SQLITE_DENY: deny } = constants

/** What a handler's statement may never do, whatever its text looks like. */
const forbidden = new Set([
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_SAVEPOINT,
  constants.SQLITE_ATTACH,
  constants.SQLITE_DETACH,
  constants.SQLITE_CREATE_TEMP_INDEX,
  constants.SQLITE_CREATE_TEMP_TABLE,
  constants.SQLITE_CREATE_TEMP_TRIGGER,
  constants.SQLITE_CREATE_TEMP_VIEW,
  constants.SQLITE_DROP_TEMP_INDEX,
  constants.SQLITE_DROP_TEMP_TABLE,
  constants.SQLITE_DROP_TEMP_TRIGGER,
  constants.SQLITE_DROP_TEMP_VIEW,
])

/** What changes the table (or index, or trigger) named first. */
const changesFirst = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
  constants.SQLITE_CREATE_TABLE,
  constants.SQLITE_CREATE_INDEX,
  constants.SQLITE_CREATE_TRIGGER,
  constants.SQLITE_CREATE_VIEW,
  constants.SQLITE_CREATE_VTABLE,
  constants.SQLITE_DROP_TABLE,
  constants.SQLITE_DROP_INDEX,
  constants.SQLITE_DROP_TRIGGER,
  constants.SQLITE_DROP_VIEW,
  constants.SQLITE_DROP_VTABLE,
  constants.SQLITE_ANALYZE,
])

/** What changes, or hangs something on, the table named second. */
const changesSecond = new Set([
  constants.SQLITE_CREATE_INDEX,
  constants.SQLITE_CREATE_TRIGGER,
  constants.SQLITE_DROP_INDEX,
  constants.SQLITE_DROP_TRIGGER,
  constants.SQLITE_ALTER_TABLE,
])

/** Pragmas that only look at what they are given. SQLite runs some by itself: to add a column to a strict table, say. */
const looks = new Set([
  'data_version',
  'foreign_key_list',
  'function_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'module_list',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
])

/**
 * Has SQLite itself refuse what a handler must not do, where the running Node can tell it so (from 24.10 on); before that the
 * check of the text stands alone.
 *
 * @param isGuarded Whether the statement being prepared is a handler's.
 */
export function authorize(database: DatabaseSync, isGuarded: () => boolean): void {
  // Declared as always there, but older releases have no such method.
  const { setAuthorizer } = database as Partial<DatabaseSync>
  setAuthorizer?.call(database, (action, first, second) => (!isGuarded() || isAllowed(action, first, second) ? allow : deny))
}

function isAllowed(action: number, first: string | null, second: string | null): boolean {
  if (forbidden.has(action)) return false
  // Without a value those that SQLite lets a query name, such as pragma_journal_mode, only tell what is set.
  if (action === constants.SQLITE_PRAGMA) return second === null || looks.has(first ?? '')
  if (action === constants.SQLITE_FUNCTION) return second !== 'load_extension'
  if (changesFirst.has(action) && isOurs(first)) return false
  return !(changesSecond.has(action) && isOurs(second))
}

function isOurs(name: string | null): boolean {
  return name?.toLowerCase().startsWith('tidings_') === true
}
