import { join } from 'node:path'
import { DefinitionInvalid, type EventLog } from '@tidings/core'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { shopServices } from './shop.ts'

/** Where a shop keeps what it knows. */
export interface ShopStores {
  /** Files: the addresses of the services, and all that is not on MongoDB. */
  readonly directory: string
  /** The event log on MongoDB. @default a file */
  readonly eventStoreUrl?: string
  /** The MongoDB server with the services' databases. @default files */
  readonly databaseUrl?: string
}

/** The shop's event log. Nothing is opened before its first use. */
export function eventLogOf({ directory, eventStoreUrl }: ShopStores): EventLog {
  return eventStoreUrl === undefined
    ? sqliteEventLog({ file: join(directory, 'log.db') })
    : mongodbEventLog({ url: eventStoreUrl, database: logDatabaseIn(eventStoreUrl) })
}

/** The database of the log; undefined where the URL names it. */
export function logDatabaseIn(eventStoreUrl: string): string | undefined {
  return /^[^:]+:\/\/[^/]+\/[^?]/.test(eventStoreUrl) ? undefined : 'shop_log'
}

/** @throws {DefinitionInvalid} A URL is none that can be used; says which, and never the URL. Nothing is opened. */
export function checkStores(stores: ShopStores): void {
  for (const [subject, url] of [
    ['event store (--event-store, EVENT_STORE_URL)', stores.eventStoreUrl],
    ['database (DATABASE_URL)', stores.databaseUrl],
  ] as const) {
    if (url !== undefined && !/^mongodb(\+srv)?:\/\//.test(url))
      throw new DefinitionInvalid({
        subject,
        reason: 'its URL begins with neither mongodb:// nor mongodb+srv://',
        remedy: 'Name a MongoDB server, such as mongodb://127.0.0.1:27017',
      })
  }
  eventLogOf(stores)
  shopServices(stores)
}

/** What tells `pnpm shop` about the stores. */
export function environmentOf({ directory, eventStoreUrl, databaseUrl }: ShopStores): NodeJS.ProcessEnv {
  // What is undefined is left out, whatever this process has.
  return { ...process.env, SHOP_DIR: directory, EVENT_STORE_URL: eventStoreUrl, DATABASE_URL: databaseUrl }
}
