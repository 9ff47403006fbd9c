import type { Issuer, Work } from '../issuer.ts'
import type { Tables } from '../store/tables.ts'
import { type KeyRingRow, publishedKeys, type SigningKeyRow, signingKey, tidied } from './key-ring.ts'
import { makeSigningKey } from './signing-keys.ts'

const ringKey = 'key-ring'

/** The signing keys; none before the first start. */
export async function readRing(tables: Tables): Promise<KeyRingRow> {
  return (await tables.rings.get(ringKey)) ?? { keys: [] }
}

/** Whether the ring is to be seen to: a key is missing or old enough, or one has served its time. */
export function isRingDue<Db>(issuer: Issuer<Db>, ring: KeyRingRow, now: number): boolean {
  const newest = ring.keys.at(-1)
  if (newest === undefined || signingKey(ring, now) === undefined) return true
  return now >= newest.createdAt + issuer.settings.rotateEveryMs || JSON.stringify(tidied(ring, now, issuer.times)) !== JSON.stringify(ring)
}

/** Makes the key that is missing or due, and lets go of those that have served their time. */
export async function seeToRing<Db>(issuer: Issuer<Db>, work: Work): Promise<void> {
  const { settings, secrets, times } = issuer
  const { tables, now } = work
  const ring = await readRing(tables)
  const kept = tidied(ring, now, times)
  const newest = kept.keys.at(-1)
  if (signingKey(ring, now) === undefined) {
    await keepRing(
      work,
      { keys: [...kept.keys, await makeSigningKey(settings.algorithm, { createdAt: now, signsFrom: now }, secrets)] },
      now,
      issuer,
    )
  } else if (newest !== undefined && now >= newest.createdAt + settings.rotateEveryMs) {
    await addNext(issuer, work, kept)
  } else if (isRingDue(issuer, ring, now)) {
    await keepRing(work, kept, now, issuer)
  }
}

/** Publishes the next key, or tells of the one that is published already and does not sign yet. */
export async function rotate<Db>(issuer: Issuer<Db>, work: Work): Promise<SigningKeyRow> {
  const ring = tidied(await readRing(work.tables), work.now, issuer.times)
  const next = ring.keys.at(-1)
  return next !== undefined && next.signsFrom > work.now ? next : addNext(issuer, work, ring)
}

/** Signs with a new key from now on, and has nobody trust an older one any more. */
export async function withdraw<Db>(issuer: Issuer<Db>, work: Work): Promise<SigningKeyRow> {
  const { keys } = await readRing(work.tables)
  const key = await makeSigningKey(issuer.settings.algorithm, { createdAt: work.now, signsFrom: work.now }, issuer.secrets)
  const withdrawn = keys.map(({ keyId }) => keyId)
  await keepRing(work, { keys: [key] }, work.now, issuer, withdrawn)
  return key
}

async function addNext<Db>(issuer: Issuer<Db>, work: Work, ring: KeyRingRow): Promise<SigningKeyRow> {
  const { algorithm, publishAheadMs } = issuer.settings
  const key = await makeSigningKey(algorithm, { createdAt: work.now, signsFrom: work.now + publishAheadMs }, issuer.secrets)
  await keepRing(work, { keys: [...ring.keys, key] }, work.now, issuer)
  return key
}

async function keepRing<Db>(work: Work, ring: KeyRingRow, now: number, issuer: Issuer<Db>, withdrawn: string[] = []): Promise<void> {
  await work.tables.rings.put(ringKey, ring)
  await work.publish('SigningKeysChanged', { keys: publishedKeys(ring, now, issuer.times).map(({ publicKey }) => publicKey), withdrawn })
}
