import { delivery } from './delivery.ts'
import { lifetime } from './lifetime.ts'
import type { TransportCase } from './transport-trial.ts'

/** What every transport promises. Run each case whose `requires` the transport's capabilities fulfil. */
export const transportConformance: readonly TransportCase[] = [...delivery, ...lifetime]
