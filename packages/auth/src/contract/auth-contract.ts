import { command, defineContract, query } from '@tidings/core'
import * as z from 'zod'
import { AccessChanged } from './access-changed.ts'
import { AccessSnapshot } from './access-snapshot.ts'
import { FeedBeat } from './feed-beat.ts'
import { RefreshTokenReused, UserRegistered } from './session-events.ts'
import { SigningKeysChanged } from './signing-keys-changed.ts'

/** The scope of whoever may block users and rotate keys. */
export const administratorScope = 'auth:admin'

const email = z.email().max(254)
const userId = z.string().min(1).max(255)
const refreshToken = z.string().min(1).max(512)
const retryAfter = z.object({ retryAfterMs: z.int().min(1) })
const state = z.enum(['active', 'suspended', 'blocked'])
const nothing = z.object({})

/** What someone gets who has shown who they are. */
const signedIn = z.object({
  userId,
  /** Shown to services as `Authorization: Bearer …`. */
  accessToken: z.string(),
  /** Good for one refresh; shown to nobody but the auth service. */
  refreshToken: z.string(),
  /** How long the access token lives, in seconds. */
  expiresInS: z.int().min(1),
})

const busy = { TooManyAttempts: retryAfter, Busy: retryAfter }
const busyStatus = { TooManyAttempts: 429, Busy: 503 }
/** Hashing a password may wait for its turn. */
const timeoutMs = 10_000

const access = { scopes: [administratorScope] }
const changeOfAccess = (description: string, verb: string) =>
  command({
    description,
    input: z.object({ userId }),
    output: z.object({ userId, state, version: z.int().min(0) }),
    errors: { UserUnknown: nothing, StateUnfit: z.object({ state }) },
    access,
    http: { route: `POST /auth/users/:userId/${verb}`, errors: { UserUnknown: 404, StateUnfit: 409 } },
  })

/** Knows who someone is, and tells every service when that changes. */
export const auth = defineContract('auth', {
  events: { AccessChanged, AccessSnapshot, FeedBeat, SigningKeysChanged, UserRegistered, RefreshTokenReused },
  operations: {
    register: command({
      description: 'Makes an account and signs in.',
      input: z.object({ email, password: z.string().min(8).max(256) }),
      output: signedIn,
      errors: { EmailTaken: nothing, ...busy },
      access: 'public',
      http: { route: 'POST /auth/register', status: 201, errors: { EmailTaken: 409, ...busyStatus } },
      keepsAnswer: false,
      timeoutMs,
    }),
    login: command({
      description: 'Signs in: begins a session.',
      // Whatever is not a password of an account here is wrong, and no more is said of it.
      input: z.object({ email: z.string().min(1).max(254), password: z.string().min(1).max(256) }),
      output: signedIn,
      errors: { CredentialsWrong: nothing, AccessBlocked: z.object({ state }), ...busy },
      access: 'public',
      http: { route: 'POST /auth/login', errors: { CredentialsWrong: 401, AccessBlocked: 403, ...busyStatus } },
      keepsAnswer: false,
      timeoutMs,
    }),
    refresh: command({
      description:
        'A new access token and the next refresh token for the current one. Shown again within its time of grace, while the next one is unused, a refresh token gets the same next one again; after that it ends its session.',
      input: z.object({ refreshToken }),
      output: signedIn,
      errors: { RefreshRefused: nothing, RefreshReused: nothing, AccessBlocked: z.object({ state }) },
      access: 'public',
      http: { route: 'POST /auth/refresh', errors: { RefreshRefused: 401, RefreshReused: 401, AccessBlocked: 403 } },
      keepsAnswer: false,
    }),
    logout: command({
      description:
        'Ends the session of a refresh token or, where none is given, of the caller. Nothing happens where it has ended already, or never was one.',
      input: z.object({ refreshToken: refreshToken.optional() }),
      output: nothing,
      errors: { SessionMissing: nothing },
      access: 'optional',
      http: { route: 'POST /auth/logout', errors: { SessionMissing: 401 } },
    }),
    logoutEverywhere: command({
      description: 'Ends every session of the caller, or, for an administrator, of the user named.',
      input: z.object({ userId: userId.optional() }),
      output: nothing,
      errors: { UserUnknown: nothing, NotYours: nothing },
      access: 'authenticated',
      http: { route: 'POST /auth/logout-everywhere', errors: { UserUnknown: 404, NotYours: 403 } },
    }),
    block: changeOfAccess('Blocks a user. Every token they have is dead for good.', 'block'),
    unblock: changeOfAccess('Lets a blocked user sign in again. Old tokens stay dead.', 'unblock'),
    suspend: changeOfAccess('Takes no token of a user until they are resumed.', 'suspend'),
    resume: changeOfAccess('Takes the tokens of a suspended user again.', 'resume'),
    revokeToken: command({
      description:
        'Revokes a token that the caller has (RFC 7009): an access token alone, a refresh token with its session. Nothing happens with anything else.',
      input: z.object({ token: z.string().min(1).max(8_192), token_type_hint: z.string().max(64).optional() }),
      output: nothing,
      access: 'public',
      http: { route: 'POST /auth/revoke', takesForms: true },
    }),
    renew: command({
      description:
        'A new access token in place of one that expired a moment ago, for services that renew tokens on behalf of their callers. Asked with the key that the auth service shares with them.',
      input: z.object({ expiredToken: z.string().min(1).max(8_192), key: z.string().min(1).max(512) }),
      output: z.object({ accessToken: z.string(), expiresInS: z.int().min(1) }),
      errors: { RenewalRefused: nothing, KeyWrong: nothing },
      access: 'public',
      keepsAnswer: false,
    }),
    introspect: query({
      description: 'Whether an access token is good now, and what it says (RFC 7662).',
      input: z.object({ token: z.string().min(1).max(16_384), token_type_hint: z.string().max(64).optional() }),
      output: z.object({
        active: z.boolean(),
        token_type: z.literal('Bearer').optional(),
        iss: z.string().optional(),
        aud: z.string().optional(),
        sub: z.string().optional(),
        scope: z.string().optional(),
        iat: z.int().optional(),
        exp: z.int().optional(),
        jti: z.string().optional(),
        sid: z.string().optional(),
        ver: z.int().optional(),
      }),
      access: 'public',
      http: { route: 'POST /auth/introspect', takesForms: true },
    }),
    publishedKeys: query({
      description: 'The public keys that tokens are signed with, as a JSON Web Key Set (RFC 7517).',
      input: nothing,
      output: z.object({ keys: z.array(z.record(z.string(), z.json())) }),
      access: 'public',
      http: 'GET /.well-known/jwks.json',
    }),
    rotateKeys: command({
      description:
        'Publishes a new signing key, which signs a while later. With `withdraw` it signs at once, and no token of the older keys is good any more.',
      input: z.object({ withdraw: z.boolean().optional() }),
      output: z.object({ keyId: z.string(), signsFrom: z.iso.datetime() }),
      access,
      http: 'POST /auth/keys/rotate',
    }),
  },
})
