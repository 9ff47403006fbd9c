import type { AddressInfo } from 'node:net'
import { DefinitionInvalid, type RequestServer, type ServedSystem } from '@tidings/core'
import type { FastifyInstance } from 'fastify'
import { guardConnections } from '../traffic/guard-connections.ts'
import { InFlight } from '../traffic/in-flight.ts'
import { StallWatch } from '../traffic/stall-watch.ts'
import { checkAccess } from './check-access.ts'
import { createApp } from './create-app.ts'
import type { ServerState } from './hooks.ts'
import { listenError } from './listen-errors.ts'
import { checkOptions, type HttpServerOptions, type HttpSettings } from './options.ts'

/** How many connections the system keeps until they are accepted, if it lets a program have so many. Those beyond try again a second later. */
const backlog = 4_096

/** A request server that listens on an address. */
export interface HttpServer extends RequestServer {
  /** Where it listens, such as `http://127.0.0.1:4101`; undefined while it does not. */
  readonly url: string | undefined
}

/**
 * Serves the operations of a system over HTTP: each at `POST /<service>/<operation>` for other Tidings processes, and at
 * its public route where its contract declares one. Failures on public routes are `application/problem+json`. What the public
 * routes are is told at `/openapi.json`, in OpenAPI 3.1.
 *
 * `start` rejects, and nothing listens, with {@link AccessUndeclared}, {@link AuthenticationMissing},
 * {@link AddressInUse}, {@link ListenFailed}, or `DefinitionInvalid` where two operations have one address or a public
 * route could never be called well: a parameter of its path that is no field of the input, an object in a query.
 *
 * `stop` takes no new requests, lets those in flight finish for up to `closeTimeoutMs`, and then closes every connection.
 *
 * @throws {DefinitionInvalid} An option is out of its limits; all are listed.
 */
export function httpServer(options: HttpServerOptions): HttpServer {
  const settings = checkOptions(options)
  let running: { readonly app: FastifyInstance; readonly state: ServerState; stopped?: Promise<void> } | undefined
  return {
    get url() {
      const address = running?.app.server.address()
      return address === undefined || address === null || typeof address === 'string' ? undefined : urlOf(address)
    },

    async start(system: ServedSystem): Promise<void> {
      if (running !== undefined) {
        throw new DefinitionInvalid({
          subject: 'HTTP server',
          reason: 'it serves a system already',
          remedy: 'Stop it first, or make another one.',
        })
      }
      const { authenticator } = settings
      checkAccess(system.contracts, authenticator !== undefined)
      const state: ServerState = {
        stopping: false,
        inFlight: new InFlight(settings),
        stalls: new StallWatch(settings.runtime.clock),
        closed: new AbortController(),
      }
      const app = createApp(settings, system, state)
      await authenticator?.start()
      running = { app, state }
      try {
        await app.listen({ port: settings.port, host: settings.host, backlog })
        state.stalls.start()
        guardConnections(app, state.inFlight, settings, settings.runtime.clock, state.closed.signal)
      } catch (cause) {
        running = undefined
        await app.close()
        await authenticator?.stop()
        throw listenError(settings.host, settings.port, cause)
      }
    },

    async stop(hurry?: AbortSignal): Promise<void> {
      const current = running
      if (current === undefined) return
      current.stopped ??= close(current.app, current.state, settings, hurry)
      await current.stopped
      if (running === current) running = undefined
    },
  }
}

async function close(app: FastifyInstance, state: ServerState, settings: HttpSettings, hurry: AbortSignal | undefined): Promise<void> {
  state.stopping = true
  const closed = app.close()
  const finished = new AbortController()
  const { signal } = finished
  hurry?.addEventListener('abort', () => finished.abort(), { signal })
  if (hurry?.aborted) finished.abort()
  const late = settings.runtime.clock.sleep(settings.closeTimeoutMs, signal).catch(() => undefined)
  await Promise.race([state.inFlight.none(), late])
  finished.abort()
  state.stalls.stop()
  state.closed.abort()
  // Clients keep connections open for their next request; there will be none.
  app.server.closeAllConnections()
  await closed
  await settings.authenticator?.stop()
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
