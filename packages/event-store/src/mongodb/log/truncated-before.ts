import type { Position } from '@tidings/core'
import type { LogCollections } from './collections.ts'
import type { IdentityDocument } from './state-document.ts'

/**
 * The first position that is still there, now. Whoever truncates says so before anything goes: asked after a read, this tells
 * whether something may have been missing in it.
 */
export async function truncatedBefore(collections: LogCollections, signal?: AbortSignal): Promise<Position> {
  const [identity] = await collections.find<'state', IdentityDocument>('state', { _id: 'log' }, { signal })
  return identity?.truncatedBefore ?? 1
}
