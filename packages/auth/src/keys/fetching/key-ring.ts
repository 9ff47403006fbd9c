import { KeyFetchFailed, KeySetUnfit, KeysUnavailable } from '../../errors/key-errors.ts'
import { KeyUnknown } from '../../errors/token-errors.ts'
import { backOffMs } from '../../timing/back-off.ts'
import { within } from '../../timing/within.ts'
import { type KeySet, readKeySet } from '../vetting/key-set.ts'
import type { VettedKey } from '../vetting/vet-key.ts'
import type { KeyRingOptions } from './key-ring-options.ts'

const mostBackOffMs = 60_000

interface Held {
  readonly key: VettedKey
  /** Undefined while the newest set lists it. */
  readonly goneSince: number | undefined
}

/**
 * The issuer's keys. Those that are known serve through any outage of their endpoint; a set that is empty or broken never
 * replaces a good one. They go only when the issuer withdraws them, or the set has not listed them for as long as a token
 * may live.
 */
export class KeyRing {
  readonly #options: KeyRingOptions
  readonly #stopped = new AbortController()
  readonly #keys = new Map<string, Held>()
  /** Never taken again, whatever a set says that was written before. */
  readonly #withdrawn = new Set<string>()
  #loading: Promise<void> | undefined
  #failures = 0
  #cause: unknown
  /** When a set was last asked for because of a key that is not known. */
  #soughtAt = Number.NEGATIVE_INFINITY
  #tryAgainAt = Number.NEGATIVE_INFINITY

  constructor(options: KeyRingOptions) {
    this.#options = options
  }

  /** Begins to load the set, and loads it anew from time to time until {@link stop}. */
  start(): void {
    void this.#refresh().catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) throw error
    })
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** Why no token can be verified yet; undefined once one key is known. */
  get fault(): string | undefined {
    if (this.#keys.size > 0) return undefined
    return this.#cause instanceof Error ? this.#cause.message : "the issuer's key set was not loaded yet"
  }

  /** A key that is known. */
  get(id: string): VettedKey | undefined {
    return this.#keys.get(id)?.key
  }

  /**
   * The key, loading the set for it at most once per cool-down.
   *
   * @throws {KeyUnknown} The issuer has no such key.
   * @throws {KeysUnavailable} Whether it has cannot be told now.
   */
  async find(id: string): Promise<VettedKey> {
    const known = this.get(id)
    if (known !== undefined) return known
    if (this.#withdrawn.has(id)) throw new KeyUnknown()
    const { clock } = this.#options.runtime
    const now = clock.monotonic()
    const mayAsk = now >= this.#soughtAt + this.#options.coolDownMs && now >= this.#tryAgainAt
    if (mayAsk) this.#soughtAt = now
    if (mayAsk || this.#loading !== undefined) await this.#load()
    const found = this.get(id)
    if (found !== undefined) return found
    // Only a set that was loaded can say that a key is none of its own.
    if (this.#failures === 0 && this.#keys.size > 0) throw new KeyUnknown()
    throw new KeysUnavailable({ retryAfterMs: Math.max(1_000, Math.ceil(this.#tryAgainAt - clock.monotonic())), cause: this.#cause })
  }

  /** Takes over what the issuer tells in an event: its set, and which keys must not be used any more. */
  async learn(set: { readonly keys: unknown; readonly withdrawn: readonly string[] }): Promise<void> {
    for (const id of set.withdrawn) {
      this.#withdrawn.add(id)
      this.#keys.delete(id)
    }
    this.#take(await readGoodSet({ keys: set.keys }))
  }

  async #refresh(): Promise<never> {
    const { clock, random } = this.#options.runtime
    for (;;) {
      await this.#load()
      const waitMs = this.#failures === 0 ? this.#options.refreshMs * (0.9 + random.next() / 5) : this.#tryAgainAt - clock.monotonic()
      await clock.sleep(Math.max(1, waitMs), this.#stopped.signal, true)
    }
  }

  /** Never rejects. Who comes while a set is on its way waits for that one. */
  #load(): Promise<void> {
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #loadOnce(): Promise<void> {
    const { load, timeoutMs, runtime } = this.#options
    const late = (): Error => new KeyFetchFailed({ fault: `it took longer than ${timeoutMs} ms` })
    try {
      this.#take(await readGoodSet(await within(runtime.clock, timeoutMs, late, load, this.#stopped.signal)))
      if (this.#failures > 0) runtime.logger.info("The issuer's key set is loaded again.", { failures: this.#failures })
      this.#failures = 0
      this.#cause = undefined
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#failures++
      this.#cause = error
      const waitMs = backOffMs(this.#failures, mostBackOffMs, runtime.random)
      this.#tryAgainAt = runtime.clock.monotonic() + waitMs
      if (this.#failures === 1)
        runtime.logger.warn(`The issuer's key set was not loaded; ${this.#keys.size} known keys stay in use.`, { error })
    }
  }

  #take(set: KeySet): void {
    const { clock, logger } = this.#options.runtime
    const now = clock.monotonic()
    for (const fault of set.unfit)
      logger.warn('A key of the issuer is left out.', { code: fault.code, keyId: fault.keyId, fault: fault.fault })
    const listed = new Map(set.keys.flatMap((key) => (key.id === undefined || this.#withdrawn.has(key.id) ? [] : [[key.id, key] as const])))
    for (const [id, held] of this.#keys) {
      if (listed.has(id)) continue
      const goneSince = held.goneSince ?? now
      if (now - goneSince >= this.#options.overlapMs) this.#keys.delete(id)
      else this.#keys.set(id, { ...held, goneSince })
    }
    for (const [id, key] of listed) this.#keys.set(id, { key, goneSince: undefined })
  }
}

/** @throws {KeySetUnfit} It is not one that may replace another. */
async function readGoodSet(jwks: unknown): Promise<KeySet> {
  const set = await readKeySet(jwks)
  if (set.keys.some(({ isSecret }) => isSecret)) throw new KeySetUnfit({ fault: 'it publishes secrets' })
  if (!set.keys.some(({ id }) => id !== undefined)) throw new KeySetUnfit({ fault: 'it has no key with a kid that is fit' })
  return set
}
