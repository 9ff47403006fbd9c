import type { IncomingMessage } from 'node:http'
import { internalTokenHeader } from '../../tokens/token-rules.ts'
import { endToEnd, headerPairs, plainName } from './header-names.ts'

/** What services tell each other, and clients need not know. */
function isInternal(name: string): boolean {
  const plain = plainName(name)
  return plain === internalTokenHeader || plain.startsWith('tidings-')
}

/** The headers of a service's answer as the client gets them. */
export function headersToClient(answer: Pick<IncomingMessage, 'rawHeaders'>, added: readonly string[]): string[] {
  const kept: string[] = []
  for (const [name, value] of headerPairs(endToEnd(answer.rawHeaders))) if (!isInternal(name)) kept.push(name, value)
  kept.push(...added)
  return kept
}
