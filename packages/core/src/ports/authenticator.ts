import type { Readiness } from './readiness.ts'

/** Who is calling, after authentication. */
export interface Principal {
  /** A user's id, `service:<name>` for another service, or `system` for the program that runs the system. */
  readonly id: string
  readonly scopes: ReadonlySet<string>
  /** Aborted when the principal is revoked or its credential expires: for work that outlives the moment it was let in. */
  readonly signal: AbortSignal
}

/** What an authenticator sees of a request. */
export interface AuthenticationRequest {
  /** Every value that a header was sent with, in order. @param name In lower case. */
  header(name: string): readonly string[]
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
}

/** What came of it. A bad credential and not being able to decide are different answers, so that no outage logs anyone out. */
export type Authentication =
  | {
      readonly outcome: 'authenticated'
      readonly principal: Principal
      /** A new credential in place of one that expired, for the caller to use from now on. */
      readonly renewedToken?: string
    }
  /** No credential came with the request. */
  | { readonly outcome: 'anonymous'; readonly refusal: Refusal }
  /** The credential is bad; it will not get better. */
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
  /** Whether the credential is good cannot be told now. Nobody is let in. */
  | { readonly outcome: 'undecided'; readonly code: string; readonly retryAfterMs: number }

/** How to answer a caller who is not let in (RFC 6750). */
export interface Refusal {
  readonly status: 401 | 403
  /** The value of `WWW-Authenticate`. */
  readonly challenge: string
  /** The code of the cause, such as `AUTH_TOKEN_EXPIRED`. For logs and metrics, not for the caller. */
  readonly code: string
}

/** Tells who is calling: the port that strategies of authentication implement. */
export interface Authenticator {
  /** Begins to learn what it needs to decide. Does not wait for it: {@link readiness} tells when it can. */
  start(): Promise<void>
  /** Never rejects: whatever goes wrong is in the answer. */
  authenticate(request: AuthenticationRequest): Promise<Authentication>
  /** Whether it can decide now, and if not, why. */
  readiness(): Readiness
  /** Lets go of everything. */
  stop(): Promise<void>
}
