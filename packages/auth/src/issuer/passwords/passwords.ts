import { randomBytes } from 'node:crypto'
import { hash, type Options, parseOptions, verify } from '@node-rs/argon2'
import { Slots } from './slots.ts'

/** What hashing a password costs. OWASP's least: 19 MiB, two passes, one lane. */
export interface PasswordCost {
  /** 19,456 to 1,048,576. @default 19_456 */
  readonly memoryKib?: number
  /** 2 to 16. @default 2 */
  readonly passes?: number
  /** 1 to 16. @default 1 */
  readonly lanes?: number
}

/** What came of comparing a password. */
export interface Comparison {
  readonly isRight: boolean
  /** Of the same password at today's cost, where the stored hash is of another. */
  readonly rehashed?: string
}

/** argon2id, as PHC strings and `parseOptions` name it. */
const argon2id = 2

/** Hashes and compares passwords with argon2id, a few at a time: each takes memory and a thread for tens of milliseconds. */
export class Passwords {
  readonly #options: Options & Required<Pick<Options, 'memoryCost' | 'timeCost' | 'parallelism'>>
  readonly #slots: Slots
  #decoy: Promise<string> | undefined

  constructor(cost: PasswordCost, maxRunning: number, maxWaiting: number) {
    this.#options = { memoryCost: cost.memoryKib ?? 19_456, timeCost: cost.passes ?? 2, parallelism: cost.lanes ?? 1 }
    this.#slots = new Slots(maxRunning, maxWaiting)
  }

  /** Makes what comparisons need, so that the first one takes no longer than the others. */
  async makeReady(): Promise<void> {
    await this.decoy
  }

  /** @returns Undefined when too many wait for their turn. */
  async hash(password: string): Promise<string | undefined> {
    return (await this.#slots.run(() => hash(normal(password), this.#options)))?.result
  }

  /**
   * Compares a password with a stored hash, or with a decoy where there is none, so that one who is not known costs the same
   * work as one who is.
   *
   * @returns Undefined when too many wait for their turn.
   */
  async compare(stored: string | undefined, password: string): Promise<Comparison | undefined> {
    const text = normal(password)
    const compared = await this.#slots.run(async () => {
      const matches = await verify(stored ?? (await this.decoy), text)
      if (!matches || stored === undefined) return { isRight: false }
      return this.#isOfToday(stored) ? { isRight: true } : { isRight: true, rehashed: await hash(text, this.#options) }
    })
    return compared?.result
  }

  /** The hash of a password that nobody can know. Made once: making it at every comparison would double the work. */
  get decoy(): Promise<string> {
    this.#decoy ??= hash(randomBytes(32), this.#options)
    return this.#decoy
  }

  #isOfToday(stored: string): boolean {
    const { algorithm, memoryCost, timeCost, parallelism } = parseOptions(stored)
    const today = this.#options
    // The enumeration is declared const, so its numbers are all there is at run time.
    const isArgon2id = Number(algorithm) === argon2id
    return isArgon2id && memoryCost === today.memoryCost && timeCost === today.timeCost && parallelism === today.parallelism
  }
}

/** One sequence of bytes for what looks the same, whatever keyboard it was typed on. */
function normal(password: string): string {
  return password.normalize('NFC')
}
