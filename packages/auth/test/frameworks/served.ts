import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Authenticator } from '@tidings/core'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import { guard as guardExpress } from '../../src/express.ts'
import { guard as guardFastify } from '../../src/fastify.ts'
import { guard as guardFetch } from '../../src/fetch.ts'
import { guard as guardHono } from '../../src/hono.ts'
import { closeServer } from '../gateway/behind-gateway.ts'

/** What the handlers of each application do: tell who asks, and wait until the principal is let in no longer. */
export interface Served {
  readonly port: number
  /** Resolves when a handler waits, and when its principal's signal was aborted. */
  readonly waiting: Promise<void>
  readonly aborted: Promise<void>
}

/** `GET /me` for anyone known, `GET /all` for the scope `all`, `GET /maybe` for anyone, `GET /wait` until the principal is revoked. */
type Serve = (authenticator: Authenticator, wait: (signal: AbortSignal | undefined) => Promise<void>) => Promise<Server>

const scopes = { scopes: ['all'] }

const onExpress: Serve = async (authenticator, wait) => {
  const app = express()
  const known = guardExpress(authenticator, 'authenticated')
  const maybe = guardExpress(authenticator, 'optional')
  app.get('/me', known, (request, response) => void response.send(known.principalOf(request)?.id))
  app.get('/all', guardExpress(authenticator, scopes), (_, response) => void response.send('all'))
  app.get('/maybe', maybe, (request, response) => void response.send(maybe.principalOf(request)?.id ?? 'nobody'))
  app.get('/wait', known, async (request, response) => {
    await wait(known.principalOf(request)?.signal)
    response.send('done')
  })
  return listening(createServer(app))
}

const onFastify: Serve = async (authenticator, wait) => {
  const app = fastify()
  const known = guardFastify(authenticator, 'authenticated')
  const maybe = guardFastify(authenticator, 'optional')
  app.get('/me', { onRequest: known }, async (request) => known.principalOf(request)?.id)
  app.get('/all', { onRequest: guardFastify(authenticator, scopes) }, async () => 'all')
  app.get('/maybe', { onRequest: maybe }, async (request) => maybe.principalOf(request)?.id ?? 'nobody')
  app.get('/wait', { onRequest: known }, async (request) => {
    await wait(known.principalOf(request)?.signal)
    return 'done'
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

const onHono: Serve = async (authenticator, wait) => {
  const app = new Hono()
  const known = guardHono(authenticator, 'authenticated')
  const maybe = guardHono(authenticator, 'optional')
  app.get('/me', known, (context) => context.text(known.principalOf(context)?.id ?? ''))
  app.get('/all', guardHono(authenticator, scopes), (context) => context.text('all'))
  app.get('/maybe', maybe, (context) => context.text(maybe.principalOf(context)?.id ?? 'nobody'))
  app.get('/wait', known, async (context) => {
    await wait(known.principalOf(context)?.signal)
    return context.text('done')
  })
  return serveFetch(app.fetch)
}

const onFetch: Serve = async (authenticator, wait) => {
  const routes: Record<string, (request: Request) => Promise<Response>> = {
    '/me': guardFetch(authenticator, 'authenticated', (principal) => new Response(principal?.id)),
    '/all': guardFetch(authenticator, scopes, () => new Response('all')),
    '/maybe': guardFetch(authenticator, 'optional', (principal) => new Response(principal?.id ?? 'nobody')),
    '/wait': guardFetch(authenticator, 'authenticated', async (principal) => {
      await wait(principal?.signal)
      return new Response('done')
    }),
  }
  return serveFetch((request) => routes[new URL(request.url).pathname]?.(request) ?? new Response(null, { status: 404 }))
}

/** Every kind of application that is guarded. */
export const applications: readonly (readonly [name: string, Serve])[] = [
  ['Express 5', onExpress],
  ['Fastify', onFastify],
  ['Hono', onHono],
  ['a fetch handler', onFetch],
]

export async function served(application: Serve, authenticator: Authenticator): Promise<Served> {
  const waiting = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  const server = await application(authenticator, async (signal) => {
    if (signal === undefined) throw new Error('There is no principal to wait for.')
    const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    waiting.resolve()
    await over
    aborted.resolve()
  })
  onTestFinished(() => closeServer(server))
  return { port: (server.address() as AddressInfo).port, waiting: waiting.promise, aborted: aborted.promise }
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function serveFetch(handler: (request: Request) => Response | Promise<Response>): Promise<Server> {
  // Serves over HTTP/1.1 unless it is told otherwise.
  return new Promise((resolve) => {
    const server = serve({ fetch: handler, port: 0, hostname: '127.0.0.1' }, () => resolve(server as Server))
  })
}
