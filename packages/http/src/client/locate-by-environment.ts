/**
 * Finds services by environment variables: `orders` by `ORDERS_URL`, `price-lists` by `PRICE_LISTS_URL`. They are read at each
 * request.
 *
 * @param environment @default process.env
 */
export function locateByEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): (service: string) => string | undefined {
  return (service) => environment[variableOf(service)] || undefined
}

/** The variable that tells where a service is. */
export function variableOf(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`
}
