/** The name of a service's own database on MongoDB, whatever database the URL names. */
export function databaseOf(service: string): string {
  return `shop_${service}`
}
