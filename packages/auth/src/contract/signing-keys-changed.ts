import { defineEvent } from '@tidings/core'
import * as z from 'zod'

/** The auth service signs, or will sign, with other keys. Holds the whole set, and the ids that must not be taken any more. */
export const SigningKeysChanged = defineEvent('auth.signing-keys-changed', {
  version: 1,
  schema: z.object({
    keys: z.array(z.record(z.string(), z.json())),
    withdrawn: z.array(z.string().min(1).max(128)),
  }),
  key: () => 'keys',
  description: 'The public keys of the auth service, as a JSON Web Key Set has them.',
})
