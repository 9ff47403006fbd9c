import type { Service } from '@tidings/core'
import { RunningSystem } from './running-system.ts'
import type { System } from './system.ts'
import type { SystemOptions } from './system-options.ts'

/**
 * Puts services together. With nothing but services it runs on SQLite: one file for the log and one for each service, in
 * `.tidings`.
 *
 * @throws {DefinitionInvalid} Two services have one name, or a database is given for a service that is not in the system.
 */
export function createSystem<const S extends readonly Service[]>(options: SystemOptions<S>): System<S> {
  // The class knows services by name only; their types are checked here, at the call.
  return new RunningSystem(options) as unknown as System<S>
}
