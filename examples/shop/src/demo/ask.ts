import { request } from 'undici'
import type * as z from 'zod'
import { DemoFault } from './demo-fault.ts'

/** Asks a service over HTTP and checks the answer's shape. @throws {DemoFault} No answer, or not the one expected. */
export async function ask<Answer>(url: string, schema: z.ZodType<Answer>, signal?: AbortSignal): Promise<Answer> {
  const response = await request(url, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw new DemoFault(`GET ${url} got no answer: ${error instanceof Error ? error.message : String(error)}`)
  })
  const text = await response.body.text()
  if (response.statusCode !== 200) throw new DemoFault(`GET ${url} answered ${response.statusCode}: ${text}`)
  const parsed = schema.safeParse(JSON.parse(text))
  if (!parsed.success) throw new DemoFault(`GET ${url} answered something else than expected: ${parsed.error.message}`)
  return parsed.data
}
