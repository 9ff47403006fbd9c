import type { Authenticator } from '@tidings/core'

/**
 * The auth service behind a gateway: callers come through it, or directly with a token of its own. Without the gateway it
 * is ready all the same, for the gateway waits for its keys.
 */
export function gatewayOrOwn(gateway: Authenticator, own: Authenticator): Authenticator {
  return {
    start: async () => void (await Promise.all([gateway.start(), own.start()])),
    stop: async () => void (await Promise.all([gateway.stop(), own.stop()])),
    readiness: () => {
      const { ready, reasons, notes } = own.readiness()
      return { ready, reasons, notes: [...notes, ...gateway.readiness().reasons] }
    },
    async authenticate(request) {
      const seen = await gateway.authenticate(request)
      return seen.outcome === 'anonymous' ? own.authenticate(request) : seen
    },
  }
}
