import { AuthServiceUnavailable } from '../../errors/decision-errors.ts'

/** What the auth service says of a token (RFC 7662): that it is not active, and then nothing else, or what it says. */
export type Introspection = { readonly active: false } | { readonly active: true; readonly [claim: string]: unknown }

/** Asks the auth service what it says of a token. Rejects where it cannot tell. */
export type AskAboutToken = (token: string, signal: AbortSignal) => Promise<Introspection>

/** How an endpoint is asked. */
export interface IntrospectionOptions {
  /** The `Authorization` of this process at the endpoint, such as `Basic …`. @default none */
  readonly authorization?: string
  /** How the question is written: as the auth service of Tidings reads it, or as RFC 7662 has it. @default 'json' */
  readonly encoding?: 'json' | 'form'
}

const maxBytes = 65_536

/**
 * Asks an introspection endpoint, such as `http://127.0.0.1:4100/auth/introspect`. Follows no redirect and reads at most
 * 64 KiB. What it answers is good for `introspect`, and for `local` where that must ask.
 *
 * The function that it makes rejects with {@link AuthServiceUnavailable} where no usable answer came.
 */
export function introspection(url: string | URL, options: IntrospectionOptions = {}): AskAboutToken {
  const { authorization, encoding = 'json' } = options
  const isForm = encoding === 'form'
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  }
  return async (token, signal) => {
    const question = { token, token_type_hint: 'access_token' }
    const body = isForm ? new URLSearchParams(question).toString() : JSON.stringify(question)
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
      if (response.status !== 200) {
        await response.body?.cancel()
        throw new Error(`It answered ${response.status}.`)
      }
      return readAnswer(await response.text())
    } catch (cause) {
      throw new AuthServiceUnavailable({ question: 'whether the token is active', retryAfterMs: 1_000, cause })
    }
  }
}

function readAnswer(text: string): Introspection {
  if (text.length > maxBytes) throw new Error('It answered more than a token can say.')
  const answer: unknown = JSON.parse(text)
  if (typeof answer !== 'object' || answer === null || !('active' in answer)) throw new Error('It did not answer what RFC 7662 asks.')
  if (answer.active === false) return { active: false }
  // Anything else than true and false is no answer: nobody is let in by it, and nobody logged out.
  if (answer.active !== true) throw new Error('It did not answer whether the token is active.')
  return { ...answer, active: true }
}
