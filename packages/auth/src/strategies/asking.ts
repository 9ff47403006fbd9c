/**
 * Asks the auth service whether a token is active (RFC 7662). Rejects where it cannot tell.
 *
 * @param token A token whose signature and claims are good.
 */
export type Introspect = (token: string, signal: AbortSignal) => Promise<{ readonly active: boolean }>

/**
 * Asks the auth service for a new token in place of one that expired. Resolves with undefined where it refuses, and
 * rejects where it cannot tell.
 */
export type Renew = (expiredToken: string, signal: AbortSignal) => Promise<{ readonly token: string } | undefined>
