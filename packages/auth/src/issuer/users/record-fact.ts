import type { RevocationFact } from '../../contract/access-changed.ts'
import type { Issuer, Work } from '../issuer.ts'
import { setDue } from '../store/due.ts'

/** Where a fact stands. */
export function factKey({ scope, id }: Pick<RevocationFact, 'scope' | 'id'>): string {
  return `${scope}/${id}`
}

/** Where it is noted that the log is not known to have a fact yet. */
export function unsentKey(fact: Pick<RevocationFact, 'scope' | 'id' | 'seq'>): string {
  return `${factKey(fact)}/${fact.seq}`
}

/** Writes a fact down and publishes it, in the transaction that makes it one. */
export async function recordFact<Db>(issuer: Issuer<Db>, work: Work, known: Omit<RevocationFact, 'until'>): Promise<void> {
  const { tables, now } = work
  // Every token that was made before has expired by then, wherever it is looked at.
  const until = now + issuer.settings.tokenLifetimeMs + issuer.settings.clockToleranceMs
  const fact: RevocationFact = { ...known, until }
  await tables.facts.put(factKey(fact), fact)
  await tables.unsent.put(unsentKey(fact), { at: now })
  await setDue(tables, until, { table: 'facts', key: factKey(fact) })
  await work.publish('AccessChanged', fact)
}
