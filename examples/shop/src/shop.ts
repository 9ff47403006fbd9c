import type { Contract, Service } from '@tidings/core'
import { billing } from './contracts/billing.ts'
import { customers } from './contracts/customers.ts'
import { guarded } from './contracts/guarded.ts'
import { insights } from './contracts/insights.ts'
import { ordersOfBuyers } from './contracts/orders.ts'
import { billingService } from './services/billing/billing-service.ts'
import { mongodbInvoices } from './services/billing/mongodb-invoices.ts'
import { sqliteInvoices } from './services/billing/sqlite-invoices.ts'
import { customersService } from './services/customers/customers-service.ts'
import { mongodbCustomerBook } from './services/customers/mongodb-customer-book.ts'
import { sqliteCustomerBook } from './services/customers/sqlite-customer-book.ts'
import { insightsService } from './services/insights.ts'
import { mongodbOrderBook } from './services/orders/mongodb-order-book.ts'
import { ordersOfBuyersService, ordersService } from './services/orders/orders-service.ts'
import { sqliteOrderBook } from './services/orders/sqlite-order-book.ts'

/** The names of the services, in the order of their ports. */
export const serviceNames = ['customers', 'orders', 'billing', 'insights'] as const

/** The name of a service of the shop. */
export type ServiceName = (typeof serviceNames)[number]

/** All that runs where people sign in, in the order of the ports. */
export const processNames = ['auth', ...serviceNames, 'gateway'] as const

/** The name of a process of the shop. */
export type ProcessName = (typeof processNames)[number]

/** How the services of a shop are made. */
export interface ShopOptions {
  /** A MongoDB server where each service has a database of its own. @default SQLite files */
  readonly databaseUrl?: string
  /** Whether callers must sign in. @default false */
  readonly isGuarded?: boolean
}

/** Every service of the shop. */
export function shopServices({ databaseUrl: url, isGuarded = false }: ShopOptions = {}): Record<ServiceName, Service> {
  const rule = <C extends Contract>(contract: C): C => (isGuarded ? guarded(contract) : contract)
  const takesOrders = isGuarded ? ordersOfBuyersService : ordersService
  return {
    customers:
      url === undefined
        ? customersService(sqliteCustomerBook, rule(customers))
        : customersService(mongodbCustomerBook(url), rule(customers)),
    orders: url === undefined ? takesOrders(sqliteOrderBook) : takesOrders(mongodbOrderBook(url)),
    billing: url === undefined ? billingService(sqliteInvoices, rule(billing)) : billingService(mongodbInvoices(url), rule(billing)),
    // It asks in SQL and stays where it is: one log feeds databases of several kinds.
    insights: insightsService(rule(insights)),
  }
}

/** What the services show to those who signed in. */
export const guardedContracts: readonly Contract[] = [guarded(customers), ordersOfBuyers, guarded(billing), guarded(insights)]

/** The services whose databases can be on MongoDB. */
export const mongodbServices = ['customers', 'orders', 'billing'] as const satisfies readonly ServiceName[]

/** The port of the first service; the others follow in order. */
export const defaultFirstPort = 4101

/** The port of a process where the first service has `firstPort`: the auth service has the one before it. */
export function portOf(name: ProcessName, firstPort: number = defaultFirstPort): number {
  return firstPort - 1 + processNames.indexOf(name)
}
