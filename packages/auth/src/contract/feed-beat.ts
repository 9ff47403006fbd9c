import { defineEvent } from '@tidings/core'
import * as z from 'zod'

/**
 * The auth service is alive, and every change that it committed before `at` stands in the log before this event. Silence
 * means that a change may be on its way.
 */
export const FeedBeat = defineEvent('auth.feed-beat', {
  version: 1,
  schema: z.object({ at: z.int().min(0) }),
  key: () => 'beat',
  description: 'A sign of life of the auth service; at is in milliseconds since 1970.',
})
