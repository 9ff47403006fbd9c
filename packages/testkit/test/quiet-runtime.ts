import { type Runtime, systemRuntime } from '@tidings/core'

/** The machine, without its lines: what some tests provoke need not be printed. */
export const quietRuntime: Runtime = { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } }
