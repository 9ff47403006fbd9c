import { defineEvent } from '@tidings/core'
import * as z from 'zod'

/**
 * The newest known state of a user, session or token, or of all there are. A state, not a change: of two about the same,
 * the one with the higher `seq` holds, in whatever order and how often they come.
 */
export interface RevocationFact {
  readonly scope: 'subject' | 'session' | 'token' | 'all'
  /** The user's, session's or token's id; `*` for all. */
  readonly id: string
  /** Raised with each change of this one state. */
  readonly seq: number
  /** Tokens with a lower `ver` are dead for good. */
  readonly minVersion: number
  /** No token is taken for as long as this holds, whatever its version: suspended, or ended. */
  readonly blocked: boolean
  /** When the last token that it can concern has expired, in milliseconds since 1970. After that it means nothing any more. */
  readonly until: number
}

/** What a fact looks like in an event. */
export const factSchema = z.object({
  scope: z.enum(['subject', 'session', 'token', 'all']),
  id: z.string().min(1).max(255),
  seq: z.int().min(0),
  minVersion: z.int().min(0),
  blocked: z.boolean(),
  until: z.int().min(0),
})

/** Access of a user, session or token was taken away or given back. Published in the transaction that changed it. */
export const AccessChanged = defineEvent('auth.access-changed', {
  version: 1,
  schema: factSchema,
  key: ({ scope, id }) => `${scope}:${id}`,
  description: 'The newest state of a user, session or token: a revocation fact.',
})
