import { type Runtime, systemRuntime } from '@tidings/core'

/** Says nothing but errors. */
export const silentRuntime: Runtime = {
  ...systemRuntime,
  logger: { info: () => {}, warn: () => {}, error: (message) => process.stderr.write(`${message}\n`) },
}
