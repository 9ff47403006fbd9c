import { request } from 'undici'
import * as z from 'zod'
import { DemoFault } from '../../src/demo/demo-fault.ts'

const signedIn = z.object({ userId: z.string(), accessToken: z.string(), refreshToken: z.string() })

/** Someone who has signed in. */
export type SignedIn = z.output<typeof signedIn>

/** What came back; status 0 where nothing did. */
export interface Answered {
  readonly status: number
  readonly text: string
}

/** Sends one request: a GET, or a POST where there is a body. */
export async function send(url: string, options: { token?: string; body?: object; signal?: AbortSignal } = {}): Promise<Answered> {
  const { token, body, signal } = options
  try {
    const response = await request(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    })
    return { status: response.statusCode, text: await response.body.text() }
  } catch (error) {
    signal?.throwIfAborted()
    return { status: 0, text: error instanceof Error ? error.message : String(error) }
  }
}

/** Registers someone, or signs them in. @throws {DemoFault} They are not let in. */
export async function signIn(
  auth: string,
  how: 'register' | 'login',
  email: string,
  password: string,
  signal?: AbortSignal,
): Promise<SignedIn> {
  const { status, text } = await send(`${auth}/auth/${how}`, { body: { email, password }, signal })
  if (status !== 200 && status !== 201) throw new DemoFault(`POST /auth/${how} answered ${status}: ${text}`)
  return signedIn.parse(JSON.parse(text))
}

/** Changes what someone may. @throws {DemoFault} It was not done. */
export async function changeAccess(
  auth: string,
  verb: 'block' | 'unblock' | 'suspend' | 'resume',
  { userId }: Pick<SignedIn, 'userId'>,
  administrator: SignedIn,
  signal?: AbortSignal,
): Promise<void> {
  const { status, text } = await send(`${auth}/auth/users/${userId}/${verb}`, { token: administrator.accessToken, body: {}, signal })
  if (status !== 200) throw new DemoFault(`POST /auth/users/:userId/${verb} answered ${status}: ${text}`)
}
