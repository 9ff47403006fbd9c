import { ContractViolation, type Fault, parse, type Service } from '@tidings/core'

/**
 * Reads the settings of all services from the environment.
 *
 * @throws {ContractViolation} Every fault in every service's settings.
 */
export async function readSettings(
  services: readonly Service[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, unknown>> {
  const settings = new Map<string, unknown>()
  const faults: Fault[] = []
  for (const { contract, settings: schema } of services) {
    try {
      settings.set(contract.name, schema === undefined ? {} : await parse(schema, environment, `settings of ${contract.name}`))
    } catch (error) {
      if (!(error instanceof ContractViolation)) throw error
      faults.push(...error.faults.map(({ path, message }) => ({ path: `${contract.name}: ${path}`, message })))
    }
  }
  if (faults.length > 0) throw new ContractViolation({ subject: 'environment', faults })
  return settings
}
