import type { Service } from '@tidings/core'
import { billingService } from './services/billing/billing-service.ts'
import { mongodbInvoices } from './services/billing/mongodb-invoices.ts'
import { sqliteInvoices } from './services/billing/sqlite-invoices.ts'
import { customersService } from './services/customers/customers-service.ts'
import { mongodbCustomerBook } from './services/customers/mongodb-customer-book.ts'
import { sqliteCustomerBook } from './services/customers/sqlite-customer-book.ts'
import { insightsService } from './services/insights.ts'
import { mongodbOrderBook } from './services/orders/mongodb-order-book.ts'
import { ordersService } from './services/orders/orders-service.ts'
import { sqliteOrderBook } from './services/orders/sqlite-order-book.ts'

/** The names of the services, in the order of their ports. */
export const serviceNames = ['customers', 'orders', 'billing', 'insights'] as const

/** The name of a service of the shop. */
export type ServiceName = (typeof serviceNames)[number]

/**
 * Every service of the shop: each with a SQLite file of its own or, where a MongoDB server is given, a database of its own
 * there.
 */
export function shopServices(databaseUrl?: string): Record<ServiceName, Service> {
  return databaseUrl === undefined ? onSqlite() : onMongodb(databaseUrl)
}

function onSqlite(): Record<ServiceName, Service> {
  return {
    customers: customersService(sqliteCustomerBook),
    orders: ordersService(sqliteOrderBook),
    billing: billingService(sqliteInvoices),
    insights: insightsService,
  }
}

function onMongodb(url: string): Record<ServiceName, Service> {
  return {
    customers: customersService(mongodbCustomerBook(url)),
    orders: ordersService(mongodbOrderBook(url)),
    billing: billingService(mongodbInvoices(url)),
    // It asks in SQL and stays where it is: one log feeds databases of several kinds.
    insights: insightsService,
  }
}

/** The services whose databases can be on MongoDB. */
export const mongodbServices = ['customers', 'orders', 'billing'] as const satisfies readonly ServiceName[]

/** The port of the first service; the others follow in order. */
export const defaultFirstPort = 4101

/** The port of a service where the first one has `firstPort`. */
export function portOf(service: ServiceName, firstPort: number = defaultFirstPort): number {
  return firstPort + serviceNames.indexOf(service)
}
