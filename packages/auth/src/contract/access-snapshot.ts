import { defineEvent } from '@tidings/core'
import * as z from 'zod'
import { factSchema } from './access-changed.ts'

/**
 * The facts again that still matter, so that a process which starts need not read all there ever were: it begins at
 * `after`. Every change at or under that position is in one of the snapshot's parts, or matters no more.
 */
export const AccessSnapshot = defineEvent('auth.access-snapshot', {
  version: 1,
  schema: z.object({ after: z.int().min(0), facts: z.array(factSchema) }),
  key: () => 'snapshot',
  description: 'The revocation facts that still matter, repeated.',
})
