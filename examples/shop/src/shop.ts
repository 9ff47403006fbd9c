import { billingService } from './services/billing.ts'
import { customersService } from './services/customers.ts'
import { insightsService } from './services/insights.ts'
import { ordersService } from './services/orders.ts'

/** Every service of the shop, in the order of their ports. */
export const shopServices = { customers: customersService, orders: ordersService, billing: billingService, insights: insightsService }

/** The name of a service of the shop. */
export type ServiceName = keyof typeof shopServices

/** The names of the services, in the order of their ports. */
export const serviceNames = ['customers', 'orders', 'billing', 'insights'] as const satisfies readonly ServiceName[]

/** The port of the first service; the others follow in order. */
export const defaultFirstPort = 4101

/** The port of a service where the first one has `firstPort`. */
export function portOf(service: ServiceName, firstPort: number = defaultFirstPort): number {
  return firstPort + serviceNames.indexOf(service)
}
