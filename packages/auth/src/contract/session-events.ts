import { defineEvent } from '@tidings/core'
import * as z from 'zod'

/** Someone made an account. Their e-mail address is left out: events stay. */
export const UserRegistered = defineEvent('auth.user-registered', {
  version: 1,
  description: 'Someone made an account.',
  schema: z.object({ userId: z.string(), registeredAt: z.iso.datetime() }),
  key: ({ userId }) => userId,
})

/** A refresh token was used a second time, so someone else has had it. Its session was ended. */
export const RefreshTokenReused = defineEvent('auth.refresh-token-reused', {
  version: 1,
  description: 'A refresh token came again after its successor was used or its time of grace was over. Its session was ended.',
  schema: z.object({ userId: z.string(), sessionId: z.string(), reusedAt: z.iso.datetime() }),
  key: ({ userId }) => userId,
})
